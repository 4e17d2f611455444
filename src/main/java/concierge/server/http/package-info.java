/**
 * From HTTP to an operation and back: {@link concierge.server.http.Dispatch} finds the {@link
 * concierge.server.http.Operation}, {@link concierge.server.http.Guard} and {@link concierge.server.http.Access} say
 * who may, an {@link concierge.server.http.Exchange} is one request and its answer, {@link
 * concierge.server.http.EventStream} and {@link concierge.server.http.ExecSocket} are the long ones. {@link
 * concierge.server.http.ApiLimits} names every bound. Knows nothing of stacks.
 */
@NullMarked
package concierge.server.http;

import org.jspecify.annotations.NullMarked;
