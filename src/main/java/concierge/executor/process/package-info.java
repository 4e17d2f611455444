/**
 * The executor that runs instances as plain processes of this machine: no engine, no image. A shim in a
 * session of its own holds each process, so that servers come and go without it noticing. Start with
 * {@link concierge.executor.process.ProcessExecutor}, then {@code shim.sh} and {@code InstanceFolder}:
 * what they leave in files is all the state there is.
 */
@NullMarked
package concierge.executor.process;

import org.jspecify.annotations.NullMarked;
