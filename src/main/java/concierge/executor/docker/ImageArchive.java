package concierge.executor.docker;

import concierge.json.Json;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import tools.jackson.databind.JsonNode;

/**
 * An image as {@code docker save} writes it, in a file, with some of its layers left out. {@code manifest.json} names the
 * layers' files in order; engines open those only whose chain of layers they do not have. Until version 24 equal layers
 * are links to the first of them, later ones are named by their content. Where it does not tell of exactly one image, as for
 * several platforms, or is not there at all, nothing is left out.
 */
final class ImageArchive {
    private static final String MANIFEST = "manifest.json";

    /** Of the layout that the Open Container Initiative describes; engines with containerd's image store read it. */
    private static final String INDEX = "index.json";
    private static final int BLOCK = 512;

    /** Tars end with two empty blocks, padded to twenty. */
    private static final int RECORD = 20 * BLOCK;

    private final FileChannel file;
    private final Set<String> left = new HashSet<>();
    private long bytes;

    /**
     * Reads through it once.
     *
     * @param without so many layers, from the lowest on, are left out
     */
    ImageArchive(FileChannel file, int without) throws IOException {
        this.file = file;
        Map<String, String> links = new HashMap<>();
        Map<String, Long> sizes = new HashMap<>();
        List<String> layers = read(links, sizes);
        leave(layers, Math.min(without, layers.size()), links);
        sizes.keySet().removeAll(left);
        sizes.values().forEach(size -> bytes += BLOCK + (size + BLOCK - 1) / BLOCK * BLOCK);
        bytes = (bytes + 2 * BLOCK + RECORD - 1) / RECORD * RECORD;
    }

    private List<String> read(Map<String, String> links, Map<String, Long> sizes) throws IOException {
        List<String> layers = new ArrayList<>();
        TarArchiveInputStream tar = open();
        for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
            sizes.put(entry.getName(), entry.getSize());
            if (entry.isSymbolicLink()) links.put(entry.getName(), resolve(entry.getName(), entry.getLinkName()));
            if (!entry.getName().equals(MANIFEST)) continue;
            JsonNode manifest = Json.mapper().readTree(tar.readAllBytes());
            if (manifest.size() == 1) for (JsonNode layer : manifest.path(0).path("Layers")) layers.add(layer.asString(""));
        }
        if (!sizes.containsKey(MANIFEST) && !sizes.containsKey(INDEX)) throw new IOException("the engine saved an image without " + MANIFEST + " or " + INDEX);
        return layers;
    }

    /** The path that a link in one of the archive's folders leads to. */
    private static String resolve(String name, String target) {
        return java.nio.file.Path.of(name).resolveSibling(target).normalize().toString();
    }

    /** A file stays when a layer that stays leads to it. */
    private void leave(List<String> layers, int without, Map<String, String> links) {
        for (String layer : layers.subList(0, without)) left.add(links.getOrDefault(layer, layer));
        for (String layer : layers.subList(without, layers.size())) left.remove(links.getOrDefault(layer, layer));
    }

    private TarArchiveInputStream open() throws IOException {
        InputStream in = Channels.newInputStream(file.position(0));
        return new TarArchiveInputStream(new BufferedInputStream(in, 1 << 16), "UTF-8");
    }

    /** Of what {@link #write} writes. */
    long bytes() {
        return bytes;
    }

    /** @param size told before the first byte is written */
    void write(LongConsumer size, OutputStream to) throws IOException {
        size.accept(bytes);
        TarArchiveInputStream in = open();
        TarArchiveOutputStream out = new TarArchiveOutputStream(to, RECORD, "UTF-8");
        out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        out.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        for (TarArchiveEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
            if (left.contains(entry.getName())) continue;
            out.putArchiveEntry(entry);
            if (entry.isFile()) in.transferTo(out);
            out.closeArchiveEntry();
        }
        out.finish();
        out.flush();
    }
}
