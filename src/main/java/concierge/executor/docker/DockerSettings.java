package concierge.executor.docker;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What a Docker executor has to know of its surroundings.
 *
 * @param installation the id that everything made is labelled with
 * @param logs the folder where the output of removed instances is kept
 * @param engine the engine's address as in {@code DOCKER_HOST}; empty: found as the {@code docker} command
 *     finds it
 * @param certificates what TLS to that address is done with; empty: none
 * @param environment the variables of this process ({@code DOCKER_HOST}, {@code DOCKER_CONFIG} …)
 * @param userHome where {@code .docker} stands
 * @param subnets the pool that stacks' networks are cut from
 * @param lowestPort and {@code highestPort}: the range of host ports given to exposed ports without a fixed one
 */
public record DockerSettings(
        String installation,
        Path logs,
        Optional<String> engine,
        Optional<Certificates> certificates,
        Map<String, String> environment,
        Path userHome,
        SubnetPool subnets,
        int lowestPort,
        int highestPort) {
    /** Below the range that kernels hand to outgoing connections (32768 and up), above well-known services. */
    private static final int LOWEST_PORT = 20000;

    private static final int HIGHEST_PORT = 29999;

    public DockerSettings {
        environment = Map.copyOf(environment);
        if (installation.length() < 6) {
            throw new IllegalArgumentException("installation: " + installation + " (expected: at least 6 characters)");
        }
        if (lowestPort < 1 || highestPort > 65535 || lowestPort > highestPort) {
            throw new IllegalArgumentException("host ports: " + lowestPort + "-" + highestPort + " (expected: a range within 1-65535)");
        }
    }

    /** The usual ones, with this process's environment. */
    public static DockerSettings of(String installation, Path logs) {
        return new DockerSettings(
                installation,
                logs,
                Optional.empty(),
                Optional.empty(),
                System.getenv(),
                Path.of(System.getProperty("user.home")),
                SubnetPool.DEFAULT,
                LOWEST_PORT,
                HIGHEST_PORT);
    }

    public DockerSettings withEngine(String address) {
        return withEngine(address, Optional.empty());
    }

    public DockerSettings withEngine(String address, Optional<Certificates> certificates) {
        return new DockerSettings(
                installation, logs, Optional.of(address), certificates, environment, userHome, subnets, lowestPort, highestPort);
    }

    public DockerSettings withSubnets(SubnetPool pool) {
        return new DockerSettings(installation, logs, engine, certificates, environment, userHome, pool, lowestPort, highestPort);
    }

    /** Another environment and home: for tests, and for engines that others configure. */
    public DockerSettings withSurroundings(Map<String, String> variables, Path home) {
        return new DockerSettings(installation, logs, engine, certificates, variables, home, subnets, lowestPort, highestPort);
    }

    public DockerSettings withPorts(int lowest, int highest) {
        return new DockerSettings(installation, logs, engine, certificates, environment, userHome, subnets, lowest, highest);
    }

    /** Tells this installation's names apart where two share an engine. */
    public String suffix() {
        return installation.substring(0, 6).toLowerCase(java.util.Locale.ROOT);
    }
}
