package concierge.cli;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import java.io.IOException;
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
record StackFile(Path path, String shown, String text) {
    /** Names that a stack file has in a folder, in order. */
    private static final List<String> NAMES = List.of("viking.yml", "viking.yaml");

    /** A stack file of more is a mistake, and the server would refuse it. */
    private static final long SIZE_LIMIT = 1 << 20;

    /** @param place a folder with a stack file, or the file */
    static StackFile find(String place, Context context) {
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
            String text = Files.readString(path);
            Path base = context.folder().toAbsolutePath().normalize();
            Path whole = path.toAbsolutePath().normalize();
            String shown = whole.startsWith(base) ? base.relativize(whole).toString() : whole.toString();
            return new StackFile(whole, shown, text);
        } catch (java.nio.charset.CharacterCodingException e) {
            throw new Failure(Exit.USAGE, path + ": no UTF-8 text", "");
        } catch (IOException e) {
            throw new Failure(Exit.USAGE, "cannot read " + path + ": " + e.getMessage(), "");
        }
    }

    Path folder() {
        Path parent = path.getParent();
        return parent == null ? path : parent;
    }

    /** As the API takes it. */
    Map<String, String> body() {
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
    String stackName() {
        try {
            Object root = new Load(LoadSettings.builder().setLabel(shown).setAllowDuplicateKeys(true).build()).loadFromString(text);
            if (root instanceof Map<?, ?> map && map.get("viking") instanceof Map<?, ?> viking && viking.get("name") instanceof String name) return name;
        } catch (YamlEngineException e) {
            throw new Failure(Exit.USAGE, shown + ": no YAML: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), "name the stack instead");
        }
        throw new Failure(Exit.USAGE, shown + ": no viking.name in it", "name the stack instead");
    }
}
