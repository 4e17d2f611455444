package concierge.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shell script {@code concierge}, with a JDK and a Maven that only say what they were asked. */
class LauncherTest {
    private static final Path CHECKOUT = Path.of("").toAbsolutePath();

    @TempDir
    Path temp;

    private Path root;
    private Path jdk;
    private Path bin;

    private record Ended(int code, String out, String error) {}

    @BeforeEach
    void checkout() throws IOException {
        root = Files.createDirectories(temp.resolve("a check out"));
        Files.copy(CHECKOUT.resolve("concierge"), root.resolve("concierge"));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        Files.createDirectories(root.resolve("src/main/java"));
        Files.createDirectories(root.resolve("src/main/dist"));
        script(root.resolve("workerimages/clock/clock.sh"), "date\n");
        for (String file : List.of("build.sh", "bundle.sh", "client.flags", "server.flags", "Modernize.java")) {
            Files.copy(CHECKOUT.resolve("src/main/dist").resolve(file), root.resolve("src/main/dist").resolve(file));
        }
        jdk = temp.resolve("my jdk");
        script(jdk.resolve("bin/java"), "printf '[%s]' \"$@\"\n[ -z \"${STDIN:-}\" ] || cat\nexit ${EXIT:-0}\n");
        Files.writeString(jdk.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"25.0.3\"\n");
        bin = temp.resolve("bin");
        script(bin.resolve("mvn"), """
                echo build >> "$MVN_LOG"
                [ -z "${MVN_FAIL:-}" ] || { echo '[INFO] x'; echo '[ERROR] Foo.java:[3,4] cannot find symbol'; exit 1; }
                mkdir -p target/lib
                cat src/main/java/* > target/concierge.jar
                : > target/lib/picocli-1.jar
                """);
        Files.writeString(root.resolve("src/main/java/A.java"), "one");
    }

    @Test
    void itBuildsOnceAndThenStartsWhatIsThere() throws Exception {
        Ended first = run(List.of("ps", "-w"));
        assertThat(first.error()).contains("concierge: building");
        assertThat(first.out()).endsWith("[concierge.Main][ps][-w]").contains("client.flags]").contains("/concierge.jar]");
        assertThat(run(List.of("ps")).error()).isEmpty();
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void theHomeFolderIsWhatHomeSays() throws Exception {
        assertThat(run(List.of("ps"), "HOME", "/a b").out()).contains("[-Duser.home=/a b]");
    }

    @Test
    void newerSourcesAreBuiltIntoAnotherFolderAndTheOldOneGoes() throws Exception {
        run(List.of("ps"));
        String before = Files.readString(root.resolve("target/dist/current"));
        newer("two");
        assertThat(run(List.of("ps"), "CONCIERGE_NO_BUILD", "1").code()).isZero();
        assertThat(builds()).isEqualTo(1);
        run(List.of("ps"));
        String after = Files.readString(root.resolve("target/dist/current"));
        assertThat(builds()).isEqualTo(2);
        assertThat(after).isNotEqualTo(before);
        assertThat(root.resolve("target/dist").resolve(before.strip())).doesNotExist();
        assertThat(root.resolve("target/dist").resolve(after.strip()).resolve("complete")).exists();
    }

    @Test
    void aFolderThatSomethingRunsFromStays() throws Exception {
        run(List.of("ps"));
        Path old = root.resolve("target/dist").resolve(Files.readString(root.resolve("target/dist/current")).strip());
        Process user = new ProcessBuilder("sh", "-c", "read line", "sh", old + "/concierge.jar").start();
        try {
            newer("two");
            run(List.of("ps"));
            assertThat(old).exists();
        } finally {
            user.destroy();
        }
    }

    @Test
    void aFailedBuildShowsItsErrorsAndLeavesTheLastBuild() throws Exception {
        run(List.of("ps"));
        String before = Files.readString(root.resolve("target/dist/current"));
        newer("broken");
        Ended failed = run(List.of("ps"), "MVN_FAIL", "1");
        assertThat(failed.code()).isEqualTo(1);
        assertThat(failed.error()).contains("[ERROR] Foo.java:[3,4] cannot find symbol").contains("concierge: the build failed").doesNotContain("[INFO]");
        assertThat(Files.readString(root.resolve("target/dist/current"))).isEqualTo(before);
        assertThat(root.resolve("target/dist/lock")).doesNotExist();
    }

    @Test
    void twoAtOnceBuildOnce() throws Exception {
        List<Process> both = List.of(start(List.of("ps"), Map.of()), start(List.of("ps"), Map.of()));
        for (Process process : both) assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(both).allSatisfy(process -> assertThat(process.exitValue()).isZero());
        assertThat(builds()).isEqualTo(1);
    }

    @Test
    void aLockWhoseOwnerIsGoneIsTakenOver() throws Exception {
        Path lock = Files.createDirectories(root.resolve("target/dist/lock"));
        Process gone = new ProcessBuilder("true").start();
        gone.waitFor();
        Files.writeString(lock.resolve("pid"), gone.pid() + "\n");
        assertThat(run(List.of("ps")).code()).isZero();
        assertThat(lock).doesNotExist();
    }

    @Test
    void withoutAJdk25ItSaysSoInOneLine() throws Exception {
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
        Ended ended = run(List.of("ps"));
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.error().lines()).singleElement().asString().startsWith("concierge: no JDK 25 found").contains("JAVA_HOME");
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"");
        assertThat(run(List.of("ps")).code()).as("the first release, and no newline at the end").isZero();
    }

    @Test
    void withoutMavenItSaysWhatToInstall() throws Exception {
        Files.delete(bin.resolve("mvn"));
        for (String tool : List.of("mkdir", "find", "sleep", "rm", "mv", "readlink", "stty", "cat", "grep")) {
            Path real = List.of(Path.of("/bin", tool), Path.of("/usr/bin", tool)).stream().filter(Files::exists).findFirst().orElseThrow();
            script(bin.resolve(tool), "exec " + real + " \"$@\"\n");
        }
        Ended ended = run(List.of("ps"), "PATH", bin.toString());
        assertThat(ended.code()).isEqualTo(1);
        assertThat(ended.error()).contains("no Maven found").contains("apt install maven");
    }

    @Test
    void itWorksThroughLinksFromAnywhereAndPassesArgumentsUntouched() throws Exception {
        Path link = Files.createSymbolicLink(temp.resolve("relative link"), Path.of("a check out/concierge"));
        Path second = Files.createSymbolicLink(temp.resolve("bin/concierge"), link);
        Ended ended = run(second.toString(), List.of("env", "set", "shop", "A=b  c", "", "*", "@x", "ü"), Map.of());
        assertThat(ended.out()).endsWith("[concierge.Main][env][set][shop][A=b  c][][*][@x][ü]");
        assertThat(run("concierge", List.of("ps"), Map.of()).out()).as("found by PATH").endsWith("[concierge.Main][ps]");
    }

    @Test
    void exitCodesAndStandardInputPass() throws Exception {
        assertThat(run(List.of("ps"), "EXIT", "42").code()).isEqualTo(42);
        Process process = start(List.of("env", "inject"), Map.of("STDIN", "1"));
        process.getOutputStream().write("A=1\n".getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)).endsWith("A=1\n");
    }

    @Test
    void signalsReachTheProgramBecauseItTakesTheShellsPlace() throws Exception {
        run(List.of("version"));
        script(jdk.resolve("bin/java"), "trap 'exit 7' TERM\necho $$ > \"$MVN_LOG.pid\"\nwhile :; do sleep 0.1; done\n");
        Process process = start(List.of("server"), Map.of());
        Path pid = temp.resolve("mvn.log.pid");
        await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
        assertThat(Files.readString(pid).strip()).isEqualTo(Long.toString(process.pid()));
        process.destroy();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(7);
    }

    @Test
    void serversGetFlagsOfTheirOwn() throws Exception {
        assertThat(run(List.of("server")).out()).contains("server.flags]");
        assertThat(run(List.of("router")).out()).contains("server.flags]");
        assertThat(run(List.of("server", "status")).out()).contains("client.flags]");
    }

    @Test
    void anInstalledCopyNeedsNeitherSourcesNorMaven() throws Exception {
        run(List.of("ps"));
        Path installed = temp.resolve("opt/concierge");
        Files.createDirectories(installed.getParent());
        Path dist = root.resolve("target/dist").resolve(Files.readString(root.resolve("target/dist/current")).strip());
        assertThat(new ProcessBuilder("cp", "-a", dist.toString(), installed.toString()).start().waitFor()).isZero();
        Files.delete(bin.resolve("mvn"));
        Ended ended = run(installed.resolve("concierge").toString(), List.of("server", "status"), Map.of());
        assertThat(ended.out()).contains("[-cp][" + installed + "/concierge.jar]");
    }

    @Test
    void aBundleHasAJavaOfItsOwnAndTheWorkers() throws Exception {
        script(jdk.resolve("bin/jlink"), "for out; do :; done\nmkdir -p \"$out/bin\"\ncp \"${0%/bin/jlink}/bin/java\" \"$out/bin/java\"\ncp \"${0%/bin/jlink}/release\" \"$out/\"\n");
        Ended made = run(List.of("--bundle"));
        assertThat(made.code()).as(made.error()).isZero();
        Path bundle = temp.resolve("bundle");
        assertThat(new ProcessBuilder("cp", "-a", made.out().strip(), bundle.toString()).start().waitFor()).isZero();
        assertThat(bundle.resolve("workerimages/clock/clock.sh")).exists();
        Ended ended = run(bundle.resolve("concierge").toString(), List.of("portier"), Map.of("JAVA_HOME", "/nowhere", "CONCIERGE_NO_JDK_SEARCH", ""));
        assertThat(ended.out()).as(ended.error()).contains("[-cp][" + bundle + "/concierge.jar][concierge.Main][portier]").contains("server.flags]");
        assertThat(run(List.of("portier", "tasks")).out()).contains("client.flags]");
        assertThat(run(List.of("queue", "--set", "queue.port=1")).out()).contains("server.flags]");
        assertThat(run(List.of("queue", "ls")).out()).contains("client.flags]");
    }

    /** Two seconds ahead, so that file systems with coarse times see it. */
    private void newer(String content) throws IOException {
        Path source = root.resolve("src/main/java/A.java");
        Files.writeString(source, content);
        Files.setLastModifiedTime(source, java.nio.file.attribute.FileTime.from(java.time.Instant.now().plusSeconds(2)));
    }

    private long builds() throws IOException {
        try (var lines = Files.lines(temp.resolve("mvn.log"))) {
            return lines.count();
        }
    }

    private Ended run(List<String> arguments, String... environment) throws Exception {
        return run(root.resolve("concierge").toString(), arguments, environment.length == 0 ? Map.of() : Map.of(environment[0], environment[1]));
    }

    private Ended run(String program, List<String> arguments, Map<String, String> environment) throws Exception {
        Process process = start(program, arguments, environment);
        process.getOutputStream().close();
        Path error = temp.resolve("stderr");
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Ended(process.exitValue(), out, Files.readString(error));
    }

    private Process start(List<String> arguments, Map<String, String> environment) throws IOException {
        return start(root.resolve("concierge").toString(), arguments, environment);
    }

    private Process start(String program, List<String> arguments, Map<String, String> environment) throws IOException {
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$0\" \"$@\"", program));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(temp.toFile()).redirectError(temp.resolve("stderr").toFile());
        builder.environment().putAll(Map.of("JAVA_HOME", jdk.toString(), "CONCIERGE_NO_JDK_SEARCH", "1", "MVN_LOG", temp.resolve("mvn.log").toString(),
                "PATH", bin + ":" + System.getenv("PATH"), "LC_ALL", "C.UTF-8"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static void script(Path path, String body) throws IOException {
        Files.createDirectories(path.getParent());
        Files.writeString(path, "#!/bin/sh\n" + body);
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
}
