package concierge.source.stackfile;

import concierge.model.ImageBuild;
import concierge.model.Location;
import concierge.model.Parsed;
import concierge.model.Problem;
import concierge.model.ServiceSpec;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A stack file that has been read and makes sense.
 *
 * @param require stacks that must be deployed first
 * @param builds parents before children
 * @param services in the file's order
 * @param places where {@code name} and each {@code require.<stack>} stand
 */
public record StackFile(String name, String comment, List<String> require, List<ImageBuild> builds, List<StackService> services, Places places) {
    /** Larger than any file a person writes by a factor of ten; a generated one can be split into stacks. */
    public static final int MAX_BYTES = 256 * 1024;

    /** A deploy is one commit of the store, which holds 127 operations; 7 are the deployment's own. */
    public static final int MAX_SERVICES = 120;

    /** Each is built on its own in turn. */
    public static final int MAX_IMAGES = 120;

    public StackFile {
        require = List.copyOf(require);
        builds = List.copyOf(builds);
        services = List.copyOf(services);
    }

    /** The file's bytes, which must be UTF-8; a byte order mark is read over. */
    public static Parsed<StackFile> parse(String fileName, byte[] content) {
        try {
            return parse(fileName, StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
        } catch (CharacterCodingException _) {
            int good = validPrefix(content);
            String before = new String(content, 0, good, StandardCharsets.UTF_8);
            int line = (int) before.chars().filter(c -> c == '\n').count();
            Location at = new Location(fileName, line + 1, before.length() - before.lastIndexOf('\n'));
            String found = String.format("0x%02X", content[good]);
            return new Parsed.Bad<>(List.of(Problem.of("bad-encoding", "byte " + found + " (expected: UTF-8)", "save the file as UTF-8").at(at)));
        }
    }

    /** Everything that is wrong at once, in the file's order; never throws for what a text contains. */
    public static Parsed<StackFile> parse(String fileName, String text) {
        String content = text.startsWith("\uFEFF") ? text.substring(1) : text;
        Findings findings = new Findings(fileName, content);
        if (content.length() > MAX_BYTES) {
            findings.problem("too-large", findings.at(0, 0), "the file has " + content.length() + " characters (expected: at most " + MAX_BYTES + ")",
                    "split it into several stacks");
            return new Parsed.Bad<>(findings.problems());
        }
        Optional<StackFile> file = new StackReader(findings).read(content);
        if (file.isPresent() && !findings.any()) return new Parsed.Good<>(file.get(), findings.warnings());
        return new Parsed.Bad<>(findings.problems());
    }

    /** The folders of its static sites, as it names them, each once. */
    public List<String> sites() {
        List<String> paths = new ArrayList<>();
        for (StackService service : services) {
            service.draft().site().filter(site -> !paths.contains(site.documentRoot())).ifPresent(site -> paths.add(site.documentRoot()));
        }
        return paths;
    }

    /** A service that has been resolved. */
    public record Resolved(String name, int scale, ServiceSpec spec) {}

    /**
     * Concrete specifications. A variable that does not resolve is left out with a warning; an image or a
     * site that does not is a problem.
     */
    public Parsed<List<Resolved>> resolve(Lookup lookup) {
        return new Resolver(name, lookup).resolve(services);
    }

    /** What is wrong with the secrets it names, told before anything is built; empty: all can be had. */
    public List<Problem> secretProblems(Function<String, Lookup.Kept> kept) {
        return Resolver.secretProblems(name, services, kept);
    }

    private static int validPrefix(byte[] content) {
        ByteBuffer bytes = ByteBuffer.wrap(content);
        java.nio.CharBuffer characters = java.nio.CharBuffer.allocate(content.length + 1);
        StandardCharsets.UTF_8.newDecoder().decode(bytes, characters, true);
        return Math.min(bytes.position(), content.length - 1);
    }
}
