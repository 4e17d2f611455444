package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.Executor;
import concierge.executor.ImageEngine;
import concierge.executor.Running;
import concierge.executor.SecretsContract;
import concierge.model.EngineOptions;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import concierge.testing.RawDocker;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerSecretsIT extends SecretsContract {
    private static final String OWNERSHIP = "cd $CONCIERGE_SECRETS && stat -c '%u:%g %a' db && cat db";

    private final DockerEngine engine = DockerEngine.shared();

    @TempDir
    Path folder;

    private final RawDocker raw = engine.raw();

    @Override
    protected Executor open() {
        return new DockerExecutor(DockerSettings.of("secret-tests", folder).withEngine(engine.address()));
    }

    @Override
    protected ServiceSpec shell(String script) {
        return ServiceSpec.of("busybox:stable").with().command(List.of("sh", "-c", script)).build();
    }

    @Override
    protected String told(Running running) {
        return raw.get("/containers/" + running.name() + "/json").ok().json().toString() + raw.get("/containers/" + running.name() + "/top").ok().json();
    }

    @AfterAll
    static void leaveTheEngineAsItWas() {
        for (String image : List.of("secrets-users:1", "secrets-user:1", "secrets-committed:1")) DockerEngine.shared().raw().delete("/images/" + image);
    }

    private String image(String name, String dockerfile) {
        DockerExecutor docker = (DockerExecutor) executor;
        docker.build(new ImageEngine.BuildRequest(dockerfile, () -> new ByteArrayInputStream(new byte[1024]), name, Map.of(), false), _ -> {});
        return name;
    }

    private ServiceSpec withSecret(ServiceSpec spec) {
        return spec.with().secrets(List.of(file("db"))).build();
    }

    @ParameterizedTest(name = "user {0}")
    @CsvSource(textBlock = """
            1000,       1000:0 400
            1000:2000,  1000:2000 400
            web,        1234:2345 400
            1234,       1234:2345 400
            web:staff,  1234:3456 400
            0,          0:0 400
            """)
    void theyBelongToTheServicesUser(String user, String ownership) throws Exception {
        String image = image("secrets-users:1", """
                FROM busybox:stable
                RUN mkdir -p /etc && echo 'web:x:1234:2345::/:/bin/sh' >> /etc/passwd && echo 'staff:x:3456:' >> /etc/group
                """);
        ensure(withSecret(ServiceSpec.of(image).with().command(List.of("sh", "-c", OWNERSHIP)).user(user).build()));

        assertThat(output()).containsExactly(ownership, VALUE);
    }

    @Test
    void theyBelongToTheImagesUser() throws Exception {
        String image = image("secrets-user:1", """
                FROM busybox:stable
                RUN mkdir -p /etc && echo 'app:x:77:78::/:/bin/sh' >> /etc/passwd
                USER app
                """);
        ensure(withSecret(ServiceSpec.of(image).with().command(List.of("sh", "-c", "id -u; " + OWNERSHIP)).build()));

        assertThat(output()).containsExactly("77", "77:78 400", VALUE);
    }

    @Test
    void whoeverAnImageBecomesCanReadThemWhereNobodyIsNamed() throws Exception {
        ensure(withSecret(shell(OWNERSHIP)));

        assertThat(output()).containsExactly("0:0 444", VALUE);
    }

    @Test
    void theyAreThereWhereTheRootIsReadOnlyOrRunIsInMemory() throws Exception {
        ServiceSpec spec = withSecret(shell("cat /run/secrets/db; echo; touch /x 2>/dev/null || echo read-only"));
        ensure(spec.with().options(new EngineOptions(List.of("--read-only", "--tmpfs=/run"))).build());

        assertThat(output()).containsExactly(VALUE, "read-only");
    }

    @Test
    void aContainerWhoseMakerWasKilledBeforeItsStartGetsThem() throws Exception {
        ServiceSpec spec = withSecret(shell("cat /run/secrets/db"));
        Running made = ensure(spec);
        output();
        // The same container as it was after its creation: never started, nothing in the folder.
        var description = raw.get("/containers/" + made.name() + "/json").ok().json();
        executor.remove(WEB);
        raw.post("/containers/create?name=" + made.name(), Map.of(
                "Image", "busybox:stable", "Cmd", spec.command(), "Labels", description.at("/Config/Labels"),
                "HostConfig", Map.of("Mounts", List.of(SecretFolder.mount(Map.of()))))).ok();
        executor.close();
        executor = open();
        ensure(spec);

        assertThat(output()).containsExactly(VALUE, VALUE);
    }

    @Test
    void theyGoWithTheContainerAndStayOutOfImagesMadeOfIt() throws Exception {
        ensure(withSecret(shell(FOREVER)));
        String name = executor.inspect(WEB).orElseThrow().name();
        String volume = raw.get("/containers/" + name + "/json").ok().json().at("/Mounts/0/Name").asString("");
        assertThat(raw.get("/volumes/" + volume).ok().json().path("Name").asString("")).isEqualTo(volume);
        raw.post("/commit?container=" + name + "&repo=secrets-committed&tag=1", Map.of()).ok();
        executor.remove(WEB);

        assertThat(raw.get("/volumes/" + volume).status()).isEqualTo(404);
        ensure(ServiceSpec.of("secrets-committed:1").with().command(List.of("sh", "-c", "ls /run/secrets")).build());
        assertThat(output()).isEmpty();
    }

    @Test
    void theFolderIsWhereImagesLookForIt() throws Exception {
        ensure(withSecret(shell("echo $CONCIERGE_SECRETS")));

        assertThat(output()).containsExactly(SecretFile.FOLDER);
    }
}
