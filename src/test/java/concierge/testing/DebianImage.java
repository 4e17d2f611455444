package concierge.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Images built as users build them, with the engine's own client, on Debian's smallest root with ffmpeg and jq in it;
 * {@code src/test/isolated/base.sh} makes that before the tests, since these have no network.
 */
public final class DebianImage {
    /** For {@code --build-arg BASE=…}. */
    public static final String NAME = "debian-with-ffmpeg:test";

    private DebianImage() {}

    /** Brings the base to an engine; without one the test is skipped, under {@code CI=true} it fails. */
    public static void bring(DockerEngine engine) {
        Outcome base = run("src/test/isolated/base.sh");
        if (base.exit() != 0) {
            if ("true".equals(System.getenv("CI"))) throw new AssertionError(base.output());
            abort(base.output());
        }
        must("sh", "-c", "tar -C \"$0\" -c . | docker -H \"$1\" import - " + NAME, base.output().strip(), engine.address());
    }

    public static void build(DockerEngine engine, Path context, String name) {
        must("sh", "-c", "cd \"$1\" && DOCKER_BUILDKIT=0 exec docker -H \"$0\" build -q --build-arg BASE=" + NAME + " -t \"$2\" .", engine.address(), context.toString(), name);
    }

    /** The client's answer to a command that must succeed. */
    public static String docker(DockerEngine engine, String... arguments) {
        List<String> command = new ArrayList<>(List.of("docker", "-H", engine.address()));
        command.addAll(List.of(arguments));
        return must(command.toArray(String[]::new));
    }

    /** All that a container has said. */
    public static String logs(DockerEngine engine, String container) {
        return must("sh", "-c", "docker -H \"$0\" logs \"$1\" 2>&1", engine.address(), container);
    }

    private record Outcome(int exit, String output) {}

    private static String must(String... command) {
        Outcome outcome = run(command);
        if (outcome.exit() != 0) throw new AssertionError(List.of(command) + ": " + outcome);
        return outcome.output();
    }

    private static Outcome run(String... command) {
        try {
            // Apart, since clients warn; and into a file, since nobody reads it meanwhile.
            Path errors = Files.createTempFile("docker", "err");
            Process process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
            process.getOutputStream().close();
            String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int exit = process.waitFor();
            String said = exit == 0 ? out : out + Files.readString(errors);
            Files.delete(errors);
            return new Outcome(exit, said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError("interrupted", e);
        }
    }
}
