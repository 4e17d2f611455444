package concierge.executor.process;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.Executor;
import concierge.executor.Running;
import concierge.executor.SecretsContract;
import concierge.model.ExecutorKind;
import concierge.model.ServiceSpec;
import concierge.model.SpecBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessSecretsTest extends SecretsContract {
    @TempDir
    Path folder;

    @Override
    protected Executor open() throws Exception {
        return new ProcessExecutor(folder, "abc123");
    }

    @Override
    protected ServiceSpec shell(String script) {
        return new SpecBuilder().executors(List.of(ExecutorKind.process)).command(List.of("sh", "-c", script)).build();
    }

    /** Every file of the executor but the secrets themselves, and the process table. */
    @Override
    protected String told(Running running) throws Exception {
        StringBuilder told = new StringBuilder(running.toString());
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).filter(path -> !path.startsWith(secrets())).toList()) {
                told.append(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
        }
        long pid = new InstanceFolder(instance()).command().orElseThrow().pid();
        for (String fact : List.of("environ", "cmdline")) told.append(Files.readString(Path.of("/proc", Long.toString(pid), fact), StandardCharsets.ISO_8859_1));
        return told.toString();
    }

    private Path instance() {
        return folder.resolve("instances/shop~default~web~1~1~abc123");
    }

    private Path secrets() {
        return instance().resolve("secrets");
    }

    @Test
    void theyAreForTheServicesUserAloneAndGoWithTheInstance() throws Exception {
        ensure(shell(FOREVER).with().secrets(List.of(file("db"))).build());

        assertThat((Integer) Files.getAttribute(secrets(), "unix:mode") & 07777).isEqualTo(0700);
        assertThat((Integer) Files.getAttribute(secrets().resolve("db"), "unix:mode") & 07777).isEqualTo(0400);
        executor.remove(WEB);
        assertThat(instance()).doesNotExist();
    }

    @Test
    void anotherUserThatTheServiceNamesCanReadThem() throws Exception {
        Assumptions.assumeTrue(Tools.output(List.of("id", "-u")).strip().equals("0"), "only root runs processes as somebody else");
        ensure(shell("id -u; cat $CONCIERGE_SECRETS/db").with().user("54321").secrets(List.of(file("db"))).build());

        assertThat(output()).containsExactly("54321", VALUE);
        Path place = Files.readSymbolicLink(secrets());
        assertThat(place).as("outside of the home, which is closed to others").isDirectory();
        assertThat(Files.getAttribute(secrets().resolve("db"), "unix:uid")).isEqualTo(54321);
        InstanceFolder.delete(place); // as after a reboot
        ensure(shell("id -u; cat $CONCIERGE_SECRETS/db").with().user("54321").secrets(List.of(file("db"))).build());
        assertThat(output()).containsExactly("54321", VALUE, "54321", VALUE);
        executor.remove(WEB);
        assertThat(place).doesNotExist();
    }

    @Test
    void aHalfWrittenFolderOfAKilledServerIsWrittenAnew() throws Exception {
        Path draft = Files.createDirectories(instance().resolve("secrets.new"));
        Files.writeString(draft.resolve("db"), "half");
        ensure(shell("cat $CONCIERGE_SECRETS/db").with().secrets(List.of(file("db"))).build());

        assertThat(output()).containsExactly(VALUE);
        assertThat(draft).doesNotExist();
    }
}
