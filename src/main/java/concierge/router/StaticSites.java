package concierge.router;

import concierge.model.Digest;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves unpacked site folders. A folder never changes: another content is another digest, so the digest
 * is every file's entity tag. What leads out of the folder, and names that begin with a dot (but {@code
 * .well-known}), are not there.
 */
final class StaticSites {
    private static final Logger LOG = LoggerFactory.getLogger(StaticSites.class);

    private final Vertx vertx;

    StaticSites(Vertx vertx) {
        this.vertx = vertx;
    }

    /** What a path leads to. */
    sealed interface Found {
        /** @param status 200, or 404 for the site's own page of that kind */
        record File(Path path, long size, int status) implements Found {}

        record Folder() implements Found {}

        record Nothing() implements Found {}

        record NoSite() implements Found {}
    }

    void serve(HttpServerRequest request, Path sites, Digest content, String host) {
        if (request.method() != HttpMethod.GET && request.method() != HttpMethod.HEAD) {
            request.response().putHeader("Allow", "GET, HEAD").setStatusCode(405).putHeader("Content-Length", "0").putHeader("Connection", "close").end();
            return;
        }
        String uri = Proxy.path(request.uri());
        int query = uri.indexOf('?');
        String path = query < 0 ? uri : uri.substring(0, query);
        // Looking at a disk may take a while: not on the event loop.
        vertx.executeBlocking(() -> find(sites.resolve(content.hex()), path), false).onComplete(
                found -> {
                    switch (found) {
                        case Found.File file -> send(request, file, "\"" + content.shortHex() + "\"");
                        case Found.Folder _ -> {
                            String location = path.replaceAll("^/+", "/") + "/" + (query < 0 ? "" : uri.substring(query));
                            request.response().setStatusCode(301).putHeader("Location", location).putHeader("Content-Length", "0").end();
                        }
                        case Found.Nothing _ -> Pages.send(request, Pages.notFound(path));
                        case Found.NoSite _ -> Pages.send(request, Pages.siteMissing(host));
                    }
                },
                e -> {
                    LOG.warn("could not serve a site path={}", path, e);
                    Pages.send(request, Pages.siteMissing(host));
                });
    }

    static Found find(Path root, String path) throws IOException {
        if (!Files.isDirectory(root)) return new Found.NoSite();
        Optional<Path> wanted = resolve(root, path);
        if (wanted.isPresent() && Files.isDirectory(wanted.get())) {
            if (!path.endsWith("/")) return new Found.Folder();
            wanted = wanted.map(folder -> folder.resolve("index.html"));
        } else if (path.endsWith("/")) {
            wanted = Optional.empty();
        }
        Optional<Found> file = wanted.flatMap(one -> file(root, one, 200));
        return file.or(() -> file(root, root.resolve("404.html"), 404)).orElse(new Found.Nothing());
    }

    private static Optional<Found> file(Path root, Path path, int status) {
        try {
            // The real path: a link in an uploaded folder must not show what lies outside.
            Path real = path.toRealPath();
            BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
            if (!real.startsWith(root.toRealPath()) || !attributes.isRegularFile()) return Optional.empty();
            return Optional.of(new Found.File(real, attributes.size(), status));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Optional<Path> resolve(Path root, String path) {
        Path result = root;
        try {
            for (String part : path.split("/")) {
                Optional<String> name = decode(part);
                if (name.isEmpty()) return Optional.empty();
                if (name.get().isEmpty()) continue;
                boolean hidden = name.get().startsWith(".") && !name.get().equals(".well-known");
                if (hidden || name.get().contains("/") || name.get().contains("\\") || name.get().indexOf('\0') >= 0) return Optional.empty();
                result = result.resolve(name.get());
            }
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        return Optional.of(result);
    }

    /** Percent signs, once; a plus is a plus in a path. */
    private static Optional<String> decode(String part) {
        if (part.indexOf('%') < 0) return Optional.of(part);
        try {
            return Optional.of(java.net.URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static void send(HttpServerRequest request, Found.File file, String tag) {
        HttpServerResponse response = request.response();
        response.putHeader("ETag", tag)
                .putHeader("Cache-Control", "no-cache")
                .putHeader("Accept-Ranges", "bytes")
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Content-Type", ContentTypes.of(file.path().getFileName().toString()));
        if (file.status() == 200 && matches(request.getHeader("If-None-Match"), tag)) {
            response.setStatusCode(304).end();
            return;
        }
        Optional<ByteRange> range = Optional.<ByteRange>empty();
        String wanted = request.getHeader("Range");
        String condition = request.getHeader("If-Range");
        if (wanted != null && file.status() == 200 && (condition == null || condition.equals(tag))) range = ByteRange.parse(wanted, file.size());
        if (range.isPresent() && range.get().length() < 0) {
            response.setStatusCode(416).putHeader("Content-Range", "bytes */" + file.size()).putHeader("Content-Length", "0").end();
            return;
        }
        ByteRange part = range.orElse(new ByteRange(0, file.size()));
        response.setStatusCode(range.isPresent() ? 206 : file.status()).putHeader("Content-Length", Long.toString(part.length()));
        if (range.isPresent()) {
            response.putHeader("Content-Range", "bytes " + part.start() + "-" + (part.start() + part.length() - 1) + "/" + file.size());
        }
        if (request.method() == HttpMethod.HEAD || part.length() == 0) {
            response.end();
        } else {
            response.sendFile(file.path().toString(), part.start(), part.length()).onFailure(_ -> request.connection().close());
        }
    }

    private static boolean matches(@org.jspecify.annotations.Nullable String header, String tag) {
        if (header == null) return false;
        for (String one : header.split(",")) {
            String name = one.strip();
            if (name.equals("*") || name.equals(tag) || name.equals("W/" + tag)) return true;
        }
        return false;
    }
}
