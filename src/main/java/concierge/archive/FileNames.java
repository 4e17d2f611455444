package concierge.archive;

import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;

/**
 * File names as UTF-8 whatever the locale: under {@code LANG=C} the Java platform cannot spell {@code
 * köln.txt}, neither reading nor writing, though it keeps the bytes. A path's URI shows and takes them.
 */
final class FileNames {
    private FileNames() {}

    /** The last name of an absolute path. */
    static String nameOf(Path path) throws ArchiveException {
        String name = path.getFileName().toString();
        if (isAscii(name)) return name;
        String raw = path.toUri().getRawPath();
        if (raw.endsWith("/")) raw = raw.substring(0, raw.length() - 1);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(percentDecoded(raw.substring(raw.lastIndexOf('/') + 1)))).toString();
        } catch (CharacterCodingException e) {
            throw new ArchiveException(path + ": its name is not UTF-8: rename it, or name its folder in .dockerignore", e);
        }
    }

    /** The child of that name. */
    static Path child(Path folder, String name) {
        if (isAscii(name)) return folder.resolve(name);
        StringBuilder uri = new StringBuilder(folder.toUri().toString());
        if (uri.charAt(uri.length() - 1) != '/') uri.append('/');
        for (byte b : name.getBytes(StandardCharsets.UTF_8)) uri.append('%').append(HexFormat.of().toHexDigits(b));
        return Path.of(URI.create(uri.toString()));
    }

    private static boolean isAscii(String name) {
        return name.chars().allMatch(c -> c < 128);
    }

    private static byte[] percentDecoded(String raw) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == '%') {
                bytes.write(HexFormat.fromHexDigits(raw, i + 1, i + 3));
                i += 2;
            } else {
                bytes.write(raw.charAt(i));
            }
        }
        return bytes.toByteArray();
    }
}
