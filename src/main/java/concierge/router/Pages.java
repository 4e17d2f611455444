package concierge.router;

import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.util.ArrayList;
import java.util.List;

/**
 * The router's own answers: what is wrong and what to do; a page for browsers, two lines of text for the
 * rest. They name the host that was asked for and nothing else of the installation, except to this machine.
 */
final class Pages {
    /** What there is to say. */
    record Page(int status, String code, String title, String text, List<String> hints) {}

    private Pages() {}

    static Page unknownHost(String host) {
        return new Page(
                404, "unknown-host", "No site answers for " + (host.isEmpty() ? "a request without a host name" : host),
                "The router works, but nothing that is deployed has this name.",
                List.of(
                        "Give a service this domain in its stack file: domains: [\"" + (host.isEmpty() ? "shop.example" : host) + "\"]",
                        "Deploy it: concierge deploy", "See which names are served: concierge ps"));
    }

    static Page noTable() {
        return new Page(
                503, "no-routes", "The router does not know its routes yet", "It has not reached the server since it was first started.",
                List.of("See whether the server runs: concierge server status"));
    }

    /** @param local whether the one who asks sits at this machine and may know names */
    static Page notReady(String host, String service, boolean local) {
        return new Page(
                503, "not-ready", host + " is not ready", "It is deployed, but no instance of it is ready at the moment" + (local ? ": " + service : "") + ".",
                local ? List.of("See why: concierge ps " + service.substring(0, service.indexOf('/')), "Read its output: concierge logs " + service)
                        : List.of("Try again in a moment."));
    }

    static Page siteMissing(String host) {
        return new Page(
                503, "not-ready", host + " is not ready", "Its files have not arrived at this router yet.", List.of("Try again in a moment."));
    }

    static Page unreachable(String host) {
        return new Page(
                502, "unreachable", host + " does not answer", "Its instances were tried and did not take or did not finish the request.",
                List.of("Try again in a moment."));
    }

    static Page tooSlow(String host) {
        return new Page(504, "too-slow", host + " takes too long", "The instance accepted the request but did not begin its answer.", List.of());
    }

    static Page busy(String host) {
        return new Page(503, "busy", host + " is busy", "More requests are waiting than its instances can take.", List.of("Try again in a moment."));
    }

    /** What came is no HTTP request, or its head exceeds a limit. */
    static Page malformed(DecoderResult result, RouterSettings.Limits limits) {
        Throwable cause = result.cause();
        return switch (cause) {
            case TooLongHttpLineException _ -> new Page(
                    414, "bad-request", "The request's address is too long", "At most " + limits.lineBytes() + " bytes are taken.", List.of());
            case TooLongHttpHeaderException _ -> new Page(
                    431, "bad-request", "The request's headers are too large", "At most " + limits.headerBytes() + " bytes are taken; cookies are most of them as a rule.", List.of());
            case null -> badRequest("It is no HTTP.");
            default -> badRequest("It is no HTTP: " + cause.getMessage() + ".");
        };
    }

    static Page badRequest(String text) {
        return new Page(400, "bad-request", "This is no request the router understands", text, List.of());
    }

    static Page notFound(String path) {
        return new Page(404, "not-found", "There is no page " + path, "The site has no file of that name.", List.of());
    }

    static void send(HttpServerRequest request, Page page) {
        HttpServerResponse response = request.response();
        if (response.ended() || response.headWritten() || response.closed()) {
            request.connection().close();
            return;
        }
        boolean html = String.valueOf(request.getHeader("Accept")).contains("text/html");
        String body = html ? html(page) : text(page);
        byte[] bytes = body.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        response.setStatusCode(page.status())
                .putHeader("Content-Type", (html ? "text/html" : "text/plain") + "; charset=utf-8")
                .putHeader("Concierge-Router", page.code())
                .putHeader("Cache-Control", "no-store")
                .putHeader("Content-Length", Integer.toString(bytes.length));
        if (page.status() == 503) response.putHeader("Retry-After", "2");
        // A body that nobody will read must not be taken for the next request.
        if (Headers.announcesBody(request.headers()) && !request.isEnded()) response.putHeader("Connection", "close");
        boolean close = "close".equals(response.headers().get("Connection"));
        (request.method() == HttpMethod.HEAD ? response.end() : response.end(io.vertx.core.buffer.Buffer.buffer(bytes)))
                .onComplete(_ -> {
                    if (close) request.connection().close();
                });
        if (!close) request.resume();
    }

    private static String text(Page page) {
        List<String> lines = new ArrayList<>(List.of(page.title() + ".", page.text()));
        page.hints().forEach(hint -> lines.add("  " + hint));
        return String.join("\n", lines) + "\n";
    }

    private static String html(Page page) {
        StringBuilder hints = new StringBuilder();
        for (String hint : page.hints()) {
            int colon = hint.indexOf(": ");
            hints.append("<li>").append(escape(colon < 0 ? hint : hint.substring(0, colon)));
            if (colon >= 0) hints.append("<code>").append(escape(hint.substring(colon + 2))).append("</code>");
            hints.append("</li>");
        }
        return PAGE.replace("{status}", Integer.toString(page.status()))
                .replace("{hints}", hints.isEmpty() ? "" : "<ul>" + hints + "</ul>")
                .replace("{text}", escape(page.text()))
                .replace("{title}", escape(page.title()));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static final String PAGE =
            """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
            <title>{title}</title>
            <style>
            :root{color-scheme:light dark;--ink:#1d2433;--soft:#5b6579;--paper:#f4f5f8;--card:#fff;--line:#e2e5ec;--mark:#b4472e}
            @media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--soft:#9aa3b5;--paper:#14171e;--card:#1c212b;--line:#2c3340;--mark:#ee8a6c}}
            *{box-sizing:border-box}
            body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}
            main{width:100%;max-width:38rem;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:2.25rem 2.5rem}
            b{color:var(--mark);font-size:.85rem;letter-spacing:.08em}
            h1{font-size:1.45rem;line-height:1.3;margin:.4rem 0 .6rem;overflow-wrap:anywhere}
            p{margin:0;color:var(--soft)}
            ul{list-style:none;margin:1.6rem 0 0;padding:1.4rem 0 0;border-top:1px solid var(--line);display:grid;gap:.9rem}
            code{display:block;margin-top:.25rem;padding:.5rem .75rem;border-radius:6px;background:var(--paper);font:.9rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
            footer{margin-top:1.8rem;font-size:.8rem;color:var(--soft)}
            </style></head>
            <body><main><b>{status}</b><h1>{title}</h1><p>{text}</p>{hints}<footer>Concierge router</footer></main></body></html>
            """;
}
