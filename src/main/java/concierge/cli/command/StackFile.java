package concierge.cli.command;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.model.Location;
import concierge.model.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * A stack file as it lies on this machine. Its meaning is the server's business; here it is text.
 *
 * @param shown its path as the person would write it, for messages
 */
public record StackFile(Path path, String shown, String text) {
    /** Names that a stack file has in a folder, in order. */
    private static final List<String> NAMES = List.of("viking.yml", "viking.yaml");

    /** 0xFEFF or, turned round, 0xFFFE: how texts in UTF-16 begin. */
    private static final int BYTE_ORDER_MARKS = 0xFEFF;

    /** A stack file of more is a mistake, and the server would refuse it. */
    private static final long SIZE_LIMIT = 1 << 20;

    /** @param place a folder with a stack file, or the file */
    public static StackFile find(String place, Context context) {
        Path path = context.folder().resolve(place);
        if (Files.isDirectory(path)) {
            for (String name : NAMES) if (Files.isRegularFile(path.resolve(name))) return read(path.resolve(name), context);
            throw new Failure(Exit.USAGE, "no viking.yml in " + path.toAbsolutePath().normalize(), "name a folder or file: concierge up examples/hello");
        }
        if (!Files.exists(path)) throw new Failure(Exit.USAGE, "no such file or folder: " + place, "");
        return read(path, context);
    }

    private static StackFile read(Path path, Context context) {
        try {
            if (Files.size(path) > SIZE_LIMIT) {
                throw new Failure(Exit.USAGE, path + ": " + Files.size(path) + " bytes (expected: at most " + SIZE_LIMIT + ")", "");
            }
            Path base = context.folder().toAbsolutePath().normalize();
            Path whole = path.toAbsolutePath().normalize();
            String shown = whole.startsWith(base) ? base.relativize(whole).toString() : whole.toString();
            return new StackFile(whole, shown, decoded(Files.readAllBytes(path), shown));
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "cannot read " + path + ": " + e.getMessage(), "");
        }
    }

    private static String decoded(byte[] bytes, String shown) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        if (!StandardCharsets.UTF_8.newDecoder().decode(in, out, true).isError()) return out.flip().toString();
        String before = out.flip().toString();
        int line = (int) before.chars().filter(c -> c == '\n').count() + 1;
        int column = before.length() - before.lastIndexOf('\n');
        boolean wide = bytes.length > 1 && ((bytes[0] & 0xff) << 8 | bytes[1] & 0xff) >= BYTE_ORDER_MARKS;
        String found = "byte 0x%02X is no UTF-8 (expected: a text in UTF-8)".formatted(bytes[in.position()]);
        Problem problem = Problem.of("bad-encoding", found, wide ? "it looks like UTF-16: save it as UTF-8" : "save the file as UTF-8");
        throw new Failure(Exit.USAGE, List.of(problem.at(new Location(shown, line, column))));
    }

    public Path folder() {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    /** As the API takes it. */
    public Map<String, String> body() {
        return Map.of("name", shown, "text", text);
    }

    /** The name of the stack in this folder; fails where there is none. */
    static String nameHere(Context context) {
        return find(".", context).stackName();
    }

    /** The name here, or {@code otherwise} where no stack file is. */
    static String nameHereOr(String otherwise, Context context) {
        for (String name : NAMES) if (Files.isRegularFile(context.folder().resolve(name))) return nameHere(context);
        return otherwise;
    }

    /** {@code viking.name} */
    public String stackName() {
        try {
            Object root = new Load(LoadSettings.builder().setLabel(shown).setAllowDuplicateKeys(true).build()).loadFromString(text);
            if (root instanceof Map<?, ?> map && map.get("viking") instanceof Map<?, ?> viking && viking.get("name") instanceof String name) return name;
        } catch (YamlEngineException e) {
            throw new Failure(Exit.USAGE, shown + ": no YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), "name the stack instead");
        }
        throw new Failure(Exit.USAGE, shown + ": no viking.name in it", "name the stack instead");
    }
}
