package concierge.executor.process;

import concierge.executor.ExecutorException;
import concierge.executor.process.InstanceFolder.Run;
import concierge.model.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts {@code shim.sh}, which is kept in the folder under its digest: a shell reads its script while it runs. */
final class Shim {
    /** From the shim's start to the command's: 20 ms as a rule; a machine that swaps takes longer. */
    private static final Duration START_LIMIT = Duration.ofSeconds(15);

    private final Path script;
    private final Path outputs;
    private final Path bells;
    private final Tools tools;

    Shim(Path folder, Path outputs, Path bells, Tools tools) throws IOException {
        this.outputs = outputs;
        this.bells = bells;
        this.tools = tools;
        try (InputStream resource = Shim.class.getResourceAsStream("shim.sh")) {
            if (resource == null) throw new IllegalStateException("shim.sh is not in the program");
            byte[] content = resource.readAllBytes();
            script = folder.resolve("shim-" + Digest.of(content).shortHex() + ".sh");
            Path draft = Files.write(folder.resolve(script.getFileName() + "." + ProcessHandle.current().pid()), content);
            Files.move(draft, script, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** @param ended told when the shim itself has ended, by whatever */
    void start(InstanceFolder folder, long run, String output, Runnable ended) throws IOException {
        Path name = folder.path().getFileName();
        Path segments = Files.createDirectories(outputs.resolve(output));
        List<String> command = new ArrayList<>(List.of(
                tools.path("setsid"), tools.path("sh"), script.toString(), folder.path().toString(), Long.toString(run),
                bells.resolve(name.toString()).toString(), segments.toString(), clockOffset(), Long.toString(Output.SEGMENT_BYTES),
                Integer.toString(Output.SEGMENTS)));
        command.addAll(tools.awk());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.path().resolve("shim.log").toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", Tools.PATH, "LC_ALL", "C"));
        try {
            builder.start().onExit().thenRun(ended);
        } catch (IOException e) {
            throw new ExecutorException(ExecutorException.Kind.exhausted, "cannot start another process: " + e.getMessage(), e);
        }
    }

    void awaitStarted(InstanceFolder folder) throws IOException, InterruptedException {
        if (Waiting.until(() -> folder.run() instanceof Run.Alive || folder.run() instanceof Run.Ended, START_LIMIT)) return;
        Path log = folder.path().resolve("shim.log");
        String said = Files.exists(log) ? Files.readString(log).strip() : "";
        throw new ExecutorException(
                ExecutorException.Kind.cannotStart,
                "the process was not started within " + START_LIMIT.toSeconds() + " s" + (said.isEmpty() ? "" : ": " + said));
    }

    /** The clock's seconds minus the seconds since the machine's start. */
    private static String clockOffset() throws IOException {
        double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
        return String.format(java.util.Locale.ROOT, "%.3f", Instant.now().toEpochMilli() / 1000.0 - uptime);
    }
}
