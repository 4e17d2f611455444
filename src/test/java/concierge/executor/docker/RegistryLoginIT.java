package concierge.executor.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.executor.Workload;
import concierge.json.Json;
import concierge.model.Digest;
import concierge.model.InstanceId;
import concierge.model.ServiceSpec;
import concierge.testing.DockerEngine;
import concierge.testing.Registry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A registry that asks who one is, with each way that {@code docker login} keeps the answer. */
class RegistryLoginIT {
    private static final InstanceId APP = InstanceId.parse("shop/default/app/1");
    private final DockerEngine engine = DockerEngine.shared();

    @TempDir
    Path folder;

    private Registry registry;
    private DockerExecutor executor;
    private String target;

    @BeforeEach
    void open() {
        registry = Registry.startClosed(folder);
        target = registry.host() + "/shop/app:1";
        Map<String, String> surroundings = Map.of("PATH", folder + ":" + System.getenv("PATH"), "DOCKER_CONFIG", folder.toString());
        executor = new DockerExecutor(
                DockerSettings.of("login-tests", folder.resolve("logs")).withSurroundings(surroundings, folder).withEngine(engine.address()));
        executor.build(new BuildRequest("FROM busybox:stable\nLABEL a=b\nCMD true\n",
                () -> new ByteArrayInputStream(new byte[1024]), "shop/app:1", Map.of(), false), _ -> {});
    }

    @AfterEach
    void close() {
        executor.remove(APP);
        executor.removeImage(target);
        executor.close();
        registry.close();
    }

    private void configure(Map<String, ?> config) throws IOException {
        Files.writeString(folder.resolve("config.json"), Json.write(config));
    }

    private static Map<String, String> auth(String password) {
        return Map.of("auth", Base64.getEncoder().encodeToString((Registry.USER + ":" + password).getBytes(StandardCharsets.UTF_8)));
    }

    /** A helper that knows one registry, as those of key chains do. */
    private void helper(String password) throws IOException {
        Path helper = folder.resolve("docker-credential-chain");
        Files.writeString(helper, """
                #!/bin/sh
                read -r registry
                [ "$1 $registry" = "get %s" ] || { echo "credentials not found in native keychain"; exit 1; }
                echo '{"ServerURL": "%s", "Username": "%s", "Secret": "%s"}'
                """.formatted(registry.host(), registry.host(), Registry.USER, password));
        Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private void pushAndPull() {
        executor.push("shop/app:1", target, _ -> {});
        executor.removeImage(target);
        assertThat(executor.imageId(target)).isEmpty();
        start();
        assertThat(executor.imageId(target)).isPresent();
    }

    private void start() {
        executor.ensure(new Workload(APP, 1, Digest.of("x"), ServiceSpec.of(target), new TreeMap<>(), Map.of(), "127.0.0.1"), _ -> {});
    }

    @Test
    void aPlainLoginIsUsed() throws Exception {
        configure(Map.of("auths", Map.of(registry.host(), auth(Registry.PASSWORD))));
        pushAndPull();
    }

    @Test
    void aLoginUnderTheRegistrysWholeAddressIsUsed() throws Exception {
        configure(Map.of("auths", Map.of("http://" + registry.host() + "/v2/", auth(Registry.PASSWORD))));
        pushAndPull();
    }

    @Test
    void aHelperOfTheRegistryIsAsked() throws Exception {
        helper(Registry.PASSWORD);
        configure(Map.of("credHelpers", Map.of(registry.host(), "chain")));
        pushAndPull();
    }

    @Test
    void theStoreOfAllRegistriesIsAskedAndBuildsPullWithIt() throws Exception {
        helper(Registry.PASSWORD);
        configure(Map.of("credsStore", "chain", "auths", Map.of(registry.host(), Map.of())));
        executor.push("shop/app:1", target, _ -> {});
        executor.removeImage(target);
        executor.build(new BuildRequest("FROM " + target + "\nRUN echo on top\n",
                () -> new ByteArrayInputStream(new byte[1024]), "shop/top:1", Map.of(), true), _ -> {});
        assertThat(executor.imageId("shop/top:1")).isPresent();
    }

    @Test
    void buildsPullWithARegistrysOwnHelper() throws Exception {
        helper(Registry.PASSWORD);
        configure(Map.of("credHelpers", Map.of(registry.host(), "chain")));
        executor.push("shop/app:1", target, _ -> {});
        executor.removeImage(target);
        executor.build(new BuildRequest("FROM " + target + "\nRUN echo on top again\n",
                () -> new ByteArrayInputStream(new byte[1024]), "shop/top:2", Map.of(), true), _ -> {});
        assertThat(executor.imageId("shop/top:2")).isPresent();
    }

    @Test
    void aWrongPasswordIsToldWithWhoseItWas() throws Exception {
        configure(Map.of("auths", Map.of(registry.host(), auth("wrong"))));
        refused("as bob", folder.resolve("config.json").toString(), "docker login");
        helper("wrong");
        configure(Map.of("credHelpers", Map.of(registry.host(), "chain")));
        refused("as bob", "docker login");
    }

    @Test
    void noLoginAtAllIsToldToo() throws Exception {
        refused("without credentials", registry.host(), "docker login");
        helper(Registry.PASSWORD);
        configure(Map.of("credHelpers", Map.of("other.example", "chain")));
        refused("without credentials", registry.host());
        configure(Map.of("credsStore", "absent"));
        refused("without credentials", registry.host());
    }

    @Test
    void aLoginThatIsNoBase64IsNamed() throws Exception {
        configure(Map.of("auths", Map.of(registry.host(), Map.of("auth", "???"))));
        assertThatThrownBy(this::start).isInstanceOf(ExecutorException.class)
                .hasMessageContainingAll("config.json", registry.host(), "no base64");
    }

    private void refused(String... said) {
        assertThatThrownBy(() -> executor.push("shop/app:1", target, _ -> {})).isInstanceOf(ExecutorException.class).hasMessageContainingAll(said);
        executor.removeImage(target);
        assertThatThrownBy(this::start).isInstanceOfSatisfying(
                ExecutorException.class, e -> assertThat(e.kind()).isEqualTo(ExecutorException.Kind.imageMissing)).hasMessageContainingAll(said);
    }
}
