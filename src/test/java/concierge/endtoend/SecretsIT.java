package concierge.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets from the prompt to the file, and nowhere else: the real program, with an engine and without one. */
class SecretsIT {
    private static final String FIRST = "correct-horse-1";
    private static final String SECOND = "battery-staple-2";
    private static final Duration SOON = Duration.ofSeconds(30);

    private static final String STACK = """
            viking: {name: vault}
            deploy:
              web:
                image: busybox:stable
                executor: [docker, process]
                stop_grace: 1s
                update: {monitor: 1s}
                secrets: [db]
                run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
            """;

    @TempDir
    Path folder;

    private String stack() {
        return Stacks.folder(folder, "vault", STACK).toString();
    }

    private static void set(Installation installation, String value) {
        Installation.Outcome set = installation.concierge(Path.of("").toAbsolutePath(), value + "\n", "secret", "set", "vault", "db");
        assertThat(set.exit()).as(set.toString()).isZero();
        assertThat(set.out() + set.err()).doesNotContain(value);
    }

    private static String inside(Installation installation) {
        return installation.must("exec", "vault/web", "--", "sh", "-c", "cat $CONCIERGE_SECRETS/db").out();
    }

    private static long generation(Installation installation) {
        return installation.instance("vault", "web").get("generation").asLong();
    }

    /** A user's whole way with a secret; ends with the stack up and its second value in use. */
    private void useAndRotate(Installation installation) throws IOException {
        Installation.Outcome missing = installation.concierge("up", stack());
        assertThat(missing.exit()).isEqualTo(4);
        assertThat(missing.err()).contains("viking.yml:8:15: deploy.web.secrets: stack vault has no secret db").contains("concierge secret set vault db");
        assertThat(installation.instances("vault")).isEmpty();

        set(installation, FIRST);
        installation.must("up", stack());
        assertThat(inside(installation)).isEqualTo(FIRST);
        assertThat(installation.must("run", "vault/web", "--", "sh", "-c", "cat $CONCIERGE_SECRETS/db").out().strip()).isEqualTo(FIRST);

        long before = generation(installation);
        Installation.kill9(installation.serverPid());
        installation.must("server", "start");
        installation.must("up", stack());
        assertThat(generation(installation)).as("the same value replaces nothing").isEqualTo(before);

        set(installation, SECOND);
        assertThat(inside(installation)).as("until the next deploy").isEqualTo(FIRST);
        assertThat(installation.must("secret", "ls", "vault").out()).contains("db").contains("vault/default/web (an earlier value)");
        assertThat(installation.must("plan", stack()).out()).contains("secrets db");
        installation.must("up", stack());
        assertThat(inside(installation)).isEqualTo(SECOND);
        assertThat(generation(installation)).isGreaterThan(before);
    }

    /** The state, logs, events, records, uploads: every file of the home but those that are the secrets. */
    private static void assertNoValueInTheHome(Installation installation) throws IOException {
        StringBuilder found = new StringBuilder();
        int read = 0;
        try (Stream<Path> files = Files.walk(installation.home())) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (file.toString().contains("/secrets/")) continue;
                read++;
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                if (text.contains(FIRST) || text.contains(SECOND)) found.append(file).append('\n');
            }
        }
        assertThat(found.toString()).isEmpty();
        assertThat(read).as("files looked through").isGreaterThan(5);
        for (String path : List.of("/v1/info", "/v1/ps", "/v1/stack/vault")) {
            assertThat(installation.api(path).toString()).doesNotContain(FIRST, SECOND);
        }
    }

    @Test
    void processesFindThemAndALostKeyIsExplained() throws IOException {
        try (Installation installation = Installation.withoutEngine()) {
            installation.must("server", "start");
            useAndRotate(installation);
            // What `run` printed is in the kept output of that one-off, as it is on the user's screen.
            removeOutput(installation);
            assertNoValueInTheHome(installation);

            Path key = installation.home().resolve("secrets.key");
            Path away = folder.resolve("key");
            Files.move(key, away);
            installation.must("restart", "vault/web");
            Installation.await("explained", SOON, () -> installation.instance("vault", "web").get("reason").asString("").contains(key + " is not there"));
            Installation.Outcome refused = installation.concierge("up", stack());
            assertThat(refused.exit()).isEqualTo(4);
            assertThat(refused.err()).contains("was sealed with the key").contains(key + " is not there");
            assertThat(installation.must("secret", "ls", "vault").out()).contains("is not there");
            Files.move(away, key);
            installation.must("restart", "vault/web");
            Installation.await("up again", SOON, () -> installation.instance("vault", "web").get("state").asString().equals("ready"));
            assertThat(inside(installation)).isEqualTo(SECOND);
        }
    }

    private static void removeOutput(Installation installation) throws IOException {
        try (Stream<Path> files = Files.walk(installation.home())) {
            for (Path file : files.filter(it -> it.toString().contains("-run-")).filter(Files::isRegularFile).toList()) Files.delete(file);
        }
    }

    @Test
    void containersFindThemAndTheEngineTellsNothing() throws IOException {
        try (DockerEngine engine = DockerEngine.start();
                Installation installation = new Installation(engine.address())) {
            installation.must("server", "start");
            useAndRotate(installation);
            RawDocker raw = engine.raw();
            StringBuilder told = new StringBuilder();
            raw.get("/containers/json?all=1").ok().json().forEach(container -> told.append(raw.get("/containers/" + container.path("Id").asString() + "/json").text()));
            raw.get("/volumes").ok().json().path("Volumes").forEach(volume -> told.append(volume));
            raw.get("/images/json").ok().json().forEach(image -> told.append(raw.get("/images/" + image.path("Id").asString() + "/json").text()));
            assertThat(told.toString()).contains("CONCIERGE_SECRETS=/run/secrets").doesNotContain(FIRST, SECOND);
            removeOutput(installation);
            assertNoValueInTheHome(installation);

            installation.must("down", "vault");
            assertThat(raw.get("/volumes").ok().json().path("Volumes")).as("the folders went with the containers").isEmpty();
        }
    }

    @Test
    void aValueIsAskedForWithoutBeingShown() throws Exception {
        try (Installation installation = Installation.withoutEngine()) {
            installation.must("server", "start");
            Process process = installation.startOnTerminal("./concierge secret set vault db");
            StringBuilder shown = new StringBuilder();
            Thread reading = Thread.startVirtualThread(() -> {
                try (var out = process.getInputStream()) {
                    for (int c = out.read(); c >= 0; c = out.read()) {
                        synchronized (shown) {
                            shown.append((char) c);
                        }
                    }
                } catch (IOException e) {
                    // a terminal's end is an error on some systems: what was shown is there
                }
            });
            Installation.await("asked", SOON, () -> text(shown).contains("(not shown): "));
            // The prompt is written a moment before the echo is off.
            Installation.await("echo off", SOON, () -> echoIsOff(process));
            process.getOutputStream().write((FIRST + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            assertThat(process.waitFor()).as(text(shown)).isZero();
            reading.join();
            assertThat(text(shown)).contains("set db").doesNotContain(FIRST);
            assertThat(installation.must("secret", "ls", "vault", "--json").json().get(0).get("name").asString()).isEqualTo("db");
        }
    }

    private static String text(StringBuilder shown) {
        synchronized (shown) {
            return shown.toString();
        }
    }

    /** Of the terminal that a descendant of that process has as its standard input. */
    private static boolean echoIsOff(Process process) {
        return process.descendants().anyMatch(child -> {
            try {
                Path terminal = Files.readSymbolicLink(Path.of("/proc", Long.toString(child.pid()), "fd", "0"));
                if (!terminal.startsWith("/dev/pts")) return false;
                Process stty = new ProcessBuilder("stty", "-F", terminal.toString(), "-a").start();
                return new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).matches("(?s).*\\s-echo\\s.*");
            } catch (IOException e) {
                return false; // it has ended meanwhile, or has not begun
            }
        });
    }
}
