package concierge.runtime;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Starts this same program once more, detached: it outlives us, our terminal and our terminal's signals. */
public final class Detached {
    /**
     * Set by the launcher: the folder of this build, with the flags that a server wants; clients run with
     * others, made for a fast start.
     */
    private static final String BUILD = "concierge.dist";

    /**
     * Begins a session of its own and becomes the program, so that the pid stays the same. macOS has no
     * {@code setsid} program but comes with Perl; where neither is, {@code nohup} at least survives the
     * terminal's end.
     */
    private static final String NEW_SESSION =
            """
            if command -v setsid >/dev/null 2>&1; then exec setsid "$@"
            elif command -v perl >/dev/null 2>&1; then exec perl -e 'use POSIX; POSIX::setsid(); exec { $ARGV[0] } @ARGV' "$@"
            else exec nohup "$@"; fi""";

    private Detached() {}

    /** Starts it in our own working folder: settings may name files from there. */
    public static long start(List<String> arguments, Path log, Map<String, String> environment) throws IOException {
        return start(arguments, Path.of(""), log, environment);
    }

    /**
     * @param arguments of the program: {@code server}
     * @param folder where it works; Java does not start in one that has been deleted
     * @param log gets its standard output and error, appended; its folder must exist
     * @param environment added to ours
     * @return its process id
     */
    public static long start(List<String> arguments, Path folder, Path log, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", NEW_SESSION, "sh", java()));
        command.addAll(flags());
        command.add("concierge.Main");
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toAbsolutePath().toFile())
                .redirectInput(new File("/dev/null"))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectErrorStream(true);
        builder.environment().putAll(environment);
        return builder.start().pid();
    }

    /** The name of this build, another one after each change of the program; empty when the launcher did not start it. */
    public static String build() {
        String folder = System.getProperty(BUILD, "");
        return folder.isEmpty() ? "" : Path.of(folder).getFileName().toString();
    }

    private static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static List<String> flags() {
        String build = System.getProperty(BUILD, "");
        if (!build.isEmpty()) return built(Path.of(build));
        List<String> flags = new ArrayList<>();
        for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
            if (isRepeatable(flag)) flags.add(flag);
        }
        flags.add("-cp");
        flags.add(System.getProperty("java.class.path"));
        return flags;
    }

    /** As the launcher starts a server in the foreground. */
    private static List<String> built(Path folder) {
        List<String> flags = new ArrayList<>(List.of("@" + folder.resolve("server.flags"), "-D" + BUILD + "=" + folder, "-Duser.home=" + System.getProperty("user.home")));
        Path cache = folder.resolve("server.aot");
        if (Files.isReadable(cache)) flags.add("-XX:AOTCache=" + cache);
        flags.addAll(List.of("-cp", folder.resolve("concierge.jar").toString()));
        return flags;
    }

    /** Debuggers and profilers take ports and files that only one process can have; training is for once. */
    private static boolean isRepeatable(String flag) {
        return !flag.startsWith("-agent") && !flag.startsWith("-javaagent") && !flag.startsWith("-Xrunjdwp")
                && !flag.startsWith("-XX:AOTCacheOutput") && !flag.startsWith("-XX:AOTMode");
    }
}
