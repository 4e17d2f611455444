package concierge.executor.process;

import concierge.executor.ExecutorException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The programs of the machine that processes are run with; looked up once. */
final class Tools {
    /** What every Linux system has, busybox ones included. */
    private static final List<String> NEEDED = List.of("sh", "setsid", "awk", "mkfifo", "ln", "mv", "sed", "sort", "tail", "wc", "rm", "env");

    /** A look-up of a user or of a version answers from local files; where a directory service hangs, this is the end. */
    private static final int ANSWER_SECONDS = 10;

    static final String PATH = Optional.ofNullable(System.getenv("PATH")).orElse("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    private final List<String> missing = new ArrayList<>();
    private final List<String> awk;

    Tools() {
        for (String name : NEEDED) {
            if (find(name, PATH).isEmpty()) missing.add(name);
        }
        // mawk reads whole blocks, and so holds lines back, unless it is told; the others read what there is.
        boolean mawk = missing.isEmpty() && output(List.of(path("awk"), "-W", "version")).contains("mawk");
        awk = mawk ? List.of(path("awk"), "-W", "interactive") : List.of(find("awk", PATH).map(Path::toString).orElse("awk"));
    }

    /** Empty: all are there. */
    List<String> missing() {
        return missing;
    }

    List<String> awk() {
        return awk;
    }

    String path(String name) {
        return find(name, PATH).map(Path::toString).orElseThrow(() -> new ExecutorException(
                ExecutorException.Kind.unavailable, "processes need the program " + name + " (expected: somewhere in " + PATH + ")"));
    }

    /** Where a command is, as a shell would find it. */
    static Optional<Path> find(String command, String searchPath) {
        for (String folder : searchPath.split(":")) {
            if (folder.isEmpty()) continue;
            Path candidate = Path.of(folder, command);
            if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) return Optional.of(candidate);
        }
        return Optional.empty();
    }

    /** The words that run a command as a user of the machine: {@code name}, {@code uid}, {@code user:group}. */
    List<String> asUser(String user) {
        String own = output(List.of("id", "-u")).strip();
        String[] parts = user.split(":", 2);
        String uid = number(parts[0], "-u", "user");
        if (uid.equals(own) && parts.length == 1) return List.of();
        if (!own.equals("0")) {
            throw new ExecutorException(
                    ExecutorException.Kind.refused,
                    "user: " + user + " (expected: the user Concierge runs as: only root starts processes as somebody else)");
        }
        boolean known = !output(List.of("id", "-un", uid)).isBlank();
        String gid = parts.length == 2 ? group(parts[1]) : known ? output(List.of("id", "-g", uid)).strip() : uid;
        return List.of(path("setpriv"), "--reuid=" + uid, "--regid=" + gid, known ? "--init-groups" : "--clear-groups", "--");
    }

    private String number(String name, String option, String what) {
        if (name.matches("[0-9]+")) return name;
        String answer = output(List.of("id", option, name)).strip();
        if (answer.matches("[0-9]+")) return answer;
        throw new ExecutorException(ExecutorException.Kind.refused, what + ": " + name + " (expected: a " + what + " of this machine, or a number)");
    }

    private String group(String name) {
        if (name.matches("[0-9]+")) return name;
        String[] entry = output(List.of("getent", "group", name)).split(":");
        if (entry.length >= 3) return entry[2];
        throw new ExecutorException(ExecutorException.Kind.refused, "group: " + name + " (expected: a group of this machine, or a number)");
    }

    /** What a program prints; empty when it fails or is not there. */
    static String output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).redirectInput(Path.of("/dev/null").toFile()).start();
            process.getOutputStream().close();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(ANSWER_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
            return text;
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }
}
