package concierge.router;

import concierge.model.Route;
import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.HostAndPort;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import java.net.NoRouteToHostException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Passes one request after another to a ready instance, and its answer back, both streamed with back
 * pressure. One for each event loop; never blocks.
 *
 * <p>A request is tried on another instance when a connection could not be made, so that nothing of it has
 * been sent; and when it broke before an answer came, if the request has no body and may be repeated. A machine
 * that is gone breaks nothing, it is silent: while an answer is awaited, it is asked for further connections.
 */
final class Proxy {
    private static final Set<HttpMethod> REPEATABLE = Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS, HttpMethod.TRACE);

    private final Vertx vertx;
    private final HttpClient client;
    private final NetClient doubter;
    private final Balancer balancer;
    private final RouterSettings.Limits limits;

    Proxy(Vertx vertx, HttpClient client, Balancer balancer, RouterSettings.Limits limits) {
        this.vertx = vertx;
        this.client = client;
        this.doubter = vertx.createNetClient(new NetClientOptions().setConnectTimeout(Math.toIntExact(limits.connect().toMillis())));
        this.balancer = balancer;
        this.limits = limits;
    }

    /** @param host the name that was asked for, for the pages */
    void pass(HttpServerRequest request, Route route, String host) {
        new Passage(request, route, host).attempt();
    }

    /** One request on its way. */
    private final class Passage {
        private final HttpServerRequest request;
        private final Route route;
        private final String host;
        private final boolean body;
        private final boolean upgrade;
        private final Set<String> tried = new HashSet<>();
        private boolean gone;
        private boolean done;

        Passage(HttpServerRequest request, Route route, String host) {
            this.request = request;
            this.route = route;
            this.host = host;
            this.upgrade = Headers.asksForUpgrade(request.headers());
            this.body = Headers.announcesBody(request.headers());
            request.pause();
            request.response().closeHandler(_ -> gone = true);
            request.response().exceptionHandler(_ -> gone = true);
        }

        void attempt() {
            var target = balancer.pick(route.targets(), tried);
            if (target.isEmpty() || tried.size() >= limits.attempts()) {
                finish(Pages.unreachable(host));
                return;
            }
            tried.add(target.get());
            HostAndPort place = place(target.get());
            RequestOptions options = new RequestOptions()
                    .setHost(place.host())
                    .setPort(place.port())
                    .setMethod(request.method())
                    .setURI(path(request.uri()))
                    .setConnectTimeout(limits.connect().toMillis());
            balancer.began(target.get());
            client.request(options).onComplete(outgoing -> send(outgoing, target.get()), e -> {
                balancer.ended(target.get());
                if (e instanceof io.vertx.core.http.ConnectionPoolTooBusyException) {
                    finish(Pages.busy(host));
                } else if (gone) {
                    request.connection().close();
                } else {
                    balancer.unreachable(target.get());
                    attempt();
                }
            });
        }

        private void send(HttpClientRequest outgoing, String target) {
            if (gone) {
                balancer.ended(target);
                outgoing.reset();
                return;
            }
            Headers.copy(request.headers(), outgoing.headers());
            Headers.forwarded(outgoing.headers(), request.remoteAddress().hostAddress(), host(request), request.scheme());
            // We have answered it ourselves: the instance is connected and the body on its way.
            outgoing.headers().remove("Expect");
            request.response().closeHandler(_ -> abandon(outgoing, target));
            request.response().exceptionHandler(_ -> abandon(outgoing, target));
            // What breaks is told by the answer's future, or by the pipe of its body.
            outgoing.exceptionHandler(_ -> {});
            outgoing.idleTimeout(limits.answer().toMillis());
            Future<HttpClientResponse> answer;
            if (upgrade) {
                outgoing.putHeader("Connection", "Upgrade").putHeader("Upgrade", request.getHeader("Upgrade"));
                answer = outgoing.connect();
            } else if (body) {
                if (!request.headers().contains("Content-Length")) outgoing.setChunked(true);
                if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) request.response().writeContinue();
                answer = outgoing.response();
                request.pipe().endOnFailure(false).to(outgoing).onFailure(_ -> outgoing.reset());
            } else {
                request.resume();
                answer = outgoing.send();
            }
            long doubt = vertx.setPeriodic(limits.doubt().toMillis(), _ -> doubt(outgoing, target));
            answer.onComplete(_ -> vertx.cancelTimer(doubt)).onComplete(response -> receive(response, outgoing, target), e -> failed(e, target));
        }

        /** Who is slow accepts, and who drains refuses; only a machine that is gone does neither. */
        private void doubt(HttpClientRequest outgoing, String target) {
            HostAndPort place = place(target);
            doubter.connect(place.port(), place.host()).onComplete(NetSocket::close, e -> {
                if (!(e instanceof ConnectTimeoutException || e instanceof NoRouteToHostException)) return;
                balancer.unreachable(target);
                outgoing.reset();
            });
        }

        private void abandon(HttpClientRequest outgoing, String target) {
            gone = true;
            if (done) return;
            done = true;
            balancer.ended(target);
            outgoing.reset();
        }

        private void failed(Throwable e, String target) {
            if (done) return;
            balancer.ended(target);
            boolean slow = e instanceof TimeoutException;
            if (!slow && !body && !upgrade && REPEATABLE.contains(request.method()) && !gone && !request.response().headWritten()) {
                attempt();
            } else {
                finish(slow ? Pages.tooSlow(host) : Pages.unreachable(host));
            }
        }

        private void receive(HttpClientResponse answer, HttpClientRequest outgoing, String target) {
            balancer.answered(target);
            // A stream of events may be quiet for longer than an answer may take to begin.
            if (!answer.headers().contains("Content-Length")) outgoing.idleTimeout(limits.idle().toMillis());
            HttpServerResponse response = request.response();
            response.setStatusCode(answer.statusCode()).setStatusMessage(answer.statusMessage());
            Headers.copy(answer.headers(), response.headers());
            if (upgrade && answer.statusCode() == 101) {
                response.putHeader("Connection", "Upgrade").putHeader("Upgrade", String.valueOf(answer.getHeader("Upgrade")));
                tunnel(answer, target);
                return;
            }
            boolean empty = request.method() == HttpMethod.HEAD || answer.statusCode() == 204 || answer.statusCode() == 304;
            if (empty) {
                response.end().onComplete(_ -> settle(target));
                answer.resume();
                return;
            }
            // HTTP/1.0 knows no chunks: the end of the connection is the end of the answer.
            if (!response.headers().contains("Content-Length") && request.version() != HttpVersion.HTTP_1_0) response.setChunked(true);
            answer.pipe().endOnFailure(false).to(response).onComplete(result -> {
                settle(target);
                // Half an answer must not look like a whole one.
                if (result.failed()) request.connection().close();
            });
        }

        private void tunnel(HttpClientResponse answer, String target) {
            var inner = answer.netSocket();
            inner.pause();
            request.toNetSocket().onComplete(
                    outer -> {
                        outer.closeHandler(_ -> inner.close());
                        inner.closeHandler(_ -> {
                            outer.close();
                            settle(target);
                        });
                        outer.pipe().endOnComplete(false).to(inner).onComplete(_ -> inner.close());
                        inner.pipe().endOnComplete(false).to(outer).onComplete(_ -> outer.close());
                    },
                    _ -> {
                        inner.close();
                        settle(target);
                    });
        }

        private void settle(String target) {
            if (done) return;
            done = true;
            balancer.ended(target);
        }

        private void finish(Pages.Page page) {
            done = true;
            Pages.send(request, page);
        }
    }

    private static HostAndPort place(String target) {
        HostAndPort written = HostAndPort.parseAuthority(target, 80);
        return HostAndPort.create(written.host().replaceAll("[\\[\\]]", ""), written.port());
    }

    private static String host(HttpServerRequest request) {
        String header = request.getHeader("Host");
        return header == null ? "" : header;
    }

    /** The target in its origin form, also when the client sent an absolute one. */
    static String path(String uri) {
        if (uri.startsWith("/") || uri.equals("*")) return uri;
        int scheme = uri.indexOf("://");
        int slash = scheme < 0 ? -1 : uri.indexOf('/', scheme + 3);
        return slash < 0 ? "/" : uri.substring(slash);
    }
}
