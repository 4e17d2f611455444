/**
 * Runs instances on a Docker engine. Start with {@link concierge.executor.docker.DockerExecutor}, the nine
 * verbs. Below it: {@code Engine} (calls, deadlines, version) at an {@code EngineAddress}; {@code
 * ContainerRequest} with {@code DockerOptions} (what is asked for); {@code Networks}, {@code HostPorts},
 * {@code DockerImages} (what it needs); {@code ContainerLogs}, {@code DockerExec}, {@code EventStream} (what
 * comes back).
 */
@NullMarked
package concierge.executor.docker;

import org.jspecify.annotations.NullMarked;
