package concierge.executor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.Secret;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every executor promises about secrets: files that the instance finds wherever it runs, and nobody else. */
public abstract class SecretsContract {
    protected static final InstanceId WEB = InstanceId.parse("shop/default/web/1");
    protected static final String VALUE = "correct-horse-battery";
    protected static final String FOREVER = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

    @SuppressWarnings("NullAway.Init")
    protected Executor executor;

    private int opened;

    protected abstract Executor open() throws Exception;

    /** A service that runs {@code sh -c script}. */
    protected abstract ServiceSpec shell(String script);

    /** Whatever the executor keeps and tells of an instance beside its secrets: texts in which no value may stand. */
    protected abstract String told(Running running) throws Exception;

    @BeforeEach
    void openOurs() throws Exception {
        executor = open();
    }

    @AfterEach
    void removeAll() {
        for (Running running : executor.list()) executor.remove(running.instance());
        executor.close();
    }

    protected static SecretFile file(String name) {
        return new SecretFile(name, name, Optional.empty(), Optional.of(Digest.of(name)));
    }

    protected Workload workload(ServiceSpec spec) {
        return new Workload(WEB, 1, Digest.of("x"), spec, new TreeMap<>(), Map.of(), "127.0.0.1").withSecrets(files -> {
            opened++;
            return files.stream().map(file -> Secret.of(file.source().equals("binary") ? "\0\n\r" : VALUE)).toList();
        });
    }

    protected Running ensure(ServiceSpec spec) {
        return executor.ensure(workload(spec), _ -> {});
    }

    protected List<String> output() throws Exception {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> executor.inspect(WEB).orElseThrow().state() == Running.State.ended);
        List<String> lines = new ArrayList<>();
        executor.logs(WEB, new Executor.LogQuery(false, Optional.empty(), -1), (_, _, text) -> lines.add(text));
        return lines;
    }

    /** What a command inside prints. */
    protected String inside(String script) throws Exception {
        ExecRequest request = new ExecRequest(List.of("sh", "-c", script), Map.of(), Optional.empty(), Optional.empty(), false, false, 0, 0);
        try (ExecSession session = executor.exec(WEB, request)) {
            String text = new String(session.stdout().readAllBytes(), StandardCharsets.UTF_8);
            session.exitCode();
            return text;
        }
    }

    @Test
    void an_instance_finds_its_secrets_as_files_of_the_folder_that_it_is_told() throws Exception {
        SecretFile renamed = new SecretFile("db", "password.txt", Optional.of(0444), Optional.of(Digest.of("db")));
        ensure(shell("cd $CONCIERGE_SECRETS && cat db; echo; ls; stat -c %a password.txt; wc -c < binary").with()
                .secrets(List.of(file("db"), renamed, file("binary"))).build());

        assertThat(output()).containsExactly(VALUE, "binary", "db", "password.txt", "444", "3");
    }

    @Test
    void a_service_without_secrets_is_told_of_none() throws Exception {
        ensure(shell("echo \"${CONCIERGE_SECRETS-none}\"; ls /run/secrets 2> /dev/null"));

        assertThat(output()).containsExactly("none");
    }

    @Test
    void they_are_there_again_after_a_restart_and_are_opened_once() throws Exception {
        ServiceSpec spec = shell("cat $CONCIERGE_SECRETS/db; echo").with().secrets(List.of(file("db"))).build();
        ensure(spec);
        output();
        ensure(spec);

        Awaitility.await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> assertThat(output()).containsExactly(VALUE, VALUE));
        assertThat(opened).isEqualTo(1);
    }

    @Test
    void a_secret_that_is_not_to_be_had_keeps_the_instance_from_being_made() {
        Workload locked = workload(shell(FOREVER).with().secrets(List.of(file("db"))).build()).withSecrets(_ -> {
            throw new ExecutorException(ExecutorException.Kind.refused, "secret db: locked");
        });

        assertThatThrownBy(() -> executor.ensure(locked, _ -> {})).isInstanceOf(ExecutorException.class).hasMessage("secret db: locked");
        assertThat(executor.list()).isEmpty();
        executor.ensure(workload(locked.spec()), _ -> {});
        assertThat(executor.list()).hasSize(1);
    }

    @Test
    void no_value_stands_in_what_is_told_of_the_instance() throws Exception {
        Running running = ensure(shell(FOREVER).with().secrets(List.of(file("db"))).build());

        assertThat(told(running)).contains("CONCIERGE_SECRETS").doesNotContain(VALUE);
        assertThat(inside("env; tr '\\0' ' ' < /proc/$PPID/cmdline; cat $CONCIERGE_SECRETS/db")).contains("CONCIERGE_SECRETS=").endsWith(VALUE)
                .satisfies(text -> assertThat(text.indexOf(VALUE)).isEqualTo(text.lastIndexOf(VALUE)));
    }
}
