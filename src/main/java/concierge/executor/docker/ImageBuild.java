package concierge.executor.docker;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.executor.ImageEngine.BuildFailedException;
import concierge.executor.ImageEngine.BuildRequest;
import concierge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One build by the engine's classic builder, which every engine has without further programs. The context
 * streams through; the Dockerfile goes in as one more entry under a name that no context has.
 */
final class ImageBuild {
    /** Compilers and package installations take their time. */
    private static final Duration BUILD_LIMIT = Duration.ofHours(2);

    /** Shown with a failure; the whole went to progress. */
    private static final int OUTPUT_LINES = 40;

    private static final String DOCKERFILE = ".concierge-dockerfile";

    private static final String IGNORE = ".dockerignore";

    /** The classic builder paints what commands say to their error output. */
    private static final Pattern COLOUR = Pattern.compile("\u001b\\[[0-9;]*m");

    private static final Pattern EXIT_CODE = Pattern.compile("returned a non-zero code: ([0-9]+)");

    /** What the builder says about itself, not the command. */
    private static final Pattern BUILDER = Pattern.compile(" ---> |Removing intermediate container ");

    /** Enough that both sides of the pipe keep busy. */
    private static final int PIPE = 256 << 10;

    private final Engine engine;
    private final Credentials credentials;
    private final String installation;

    ImageBuild(Engine engine, Credentials credentials, String installation) {
        this.engine = engine;
        this.credentials = credentials;
        this.installation = installation;
    }

    /** What a running build has told so far. */
    private static final class Transcript {
        String step = "";
        String id = "";
        @Nullable String error;
        final Deque<String> output = new ArrayDeque<>();
        final StringBuilder partial = new StringBuilder();
        final Consumer<String> progress;

        Transcript(Consumer<String> progress) {
            this.progress = progress;
        }

        void read(JsonNode message) {
            if (message.has("error")) error = message.path("error").asString("");
            if (message.at("/aux/ID").isString()) id = message.at("/aux/ID").asString();
            if (message.has("status")) progress.accept(message.path("status").asString(""));
            partial.append(message.path("stream").asString(""));
            for (int end; (end = partial.indexOf("\n")) >= 0; partial.delete(0, end + 1)) line(partial.substring(0, end));
        }

        private void line(String painted) {
            String line = COLOUR.matcher(painted).replaceAll("");
            if (line.isBlank()) return;
            progress.accept(line);
            if (BUILDER.matcher(line).lookingAt()) return;
            // Step 2/3 : RUN false
            if (line.startsWith("Step ") && line.contains(" : ")) {
                step = line.substring(line.indexOf(" : ") + 3);
                output.clear();
                return;
            }
            if (output.size() == OUTPUT_LINES) output.removeFirst();
            output.addLast(line);
        }
    }

    String run(BuildRequest request, Consumer<String> progress) {
        Transcript transcript = new Transcript(progress);
        String path = path(request);
        engine.within(BUILD_LIMIT, "build of " + request.reference(), () -> {
            AtomicReference<@Nullable IOException> broken = new AtomicReference<>();
            try (InputStream context = withDockerfile(request, broken)) {
                Map<String, String> headers =
                        Map.of("Content-Type", "application/x-tar", "X-Registry-Config", credentials.buildHeader());
                try (Engine.Open open = engine.open("POST", path, headers, context)) {
                    if (open.status() >= 400) throw refused(request, open.refusal());
                    ImageStream.read(open.body(), transcript::read);
                }
            } catch (IOException | RuntimeException e) {
                IOException cause = broken.get();
                if (cause == null) throw e;
                throw new ExecutorException(Kind.refused, "build context of " + request.reference() + ": " + cause.getMessage(), cause);
            }
            return transcript;
        });
        String error = transcript.error;
        if (error != null) throw failed(request, transcript, error);
        return transcript.id;
    }

    private static RuntimeException refused(BuildRequest request, Reply reply) {
        if (reply.status() == 400) {
            return new BuildFailedException("cannot build " + request.reference() + ": " + reply.message(), "", java.util.List.of());
        }
        return Refusals.of("cannot build " + request.reference(), reply);
    }

    private static RuntimeException failed(BuildRequest request, Transcript transcript, String error) {
        if (error.contains(Refusals.FULL)) {
            return new ExecutorException(Kind.exhausted, "cannot build " + request.reference() + ": " + Refusals.plainly(error));
        }
        // The command '/bin/sh -c make' returned a non-zero code: 2
        Matcher code = EXIT_CODE.matcher(error);
        return new BuildFailedException(code.find() ? "exited with " + code.group(1) : error, transcript.step, new ArrayList<>(transcript.output));
    }

    private String path(BuildRequest request) {
        Map<String, String> labels = new TreeMap<>(request.labels());
        labels.put(Labels.INSTALLATION, installation);
        return "/build?dockerfile=" + DOCKERFILE + "&t=" + Engine.encode(request.reference()) + "&labels=" + Engine.encode(Json.write(labels))
                + "&rm=1&forcerm=1" + (request.noCache() ? "&nocache=1" : "");
    }

    /** Copies the context through a pipe, on a thread of its own, and adds the Dockerfile at the end. */
    private static InputStream withDockerfile(BuildRequest request, AtomicReference<@Nullable IOException> broken) throws IOException {
        PipedInputStream in = new PipedInputStream(PIPE);
        PipedOutputStream out = new PipedOutputStream(in);
        Thread.ofVirtual().name("docker-build-context").start(() -> {
            try (out; TarArchiveOutputStream tar = new TarArchiveOutputStream(out)) {
                tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
                tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
                copy(request, tar);
                file(tar, DOCKERFILE, request.dockerfile());
            } catch (IOException e) {
                // either the context cannot be read, or the engine has refused and nobody reads the pipe
                broken.set(e);
            }
        });
        return in;
    }

    /**
     * The engine takes the Dockerfile out of the context again if {@code .dockerignore} names it; else
     * {@code ADD .} would bring it into the image, and each change of a later step would undo its cache.
     */
    private static void copy(BuildRequest request, TarArchiveOutputStream tar) throws IOException {
        boolean ignoring = false;
        try (TarArchiveInputStream context = new TarArchiveInputStream(request.context().open())) {
            for (TarArchiveEntry entry; (entry = context.getNextEntry()) != null; ) {
                if (entry.getName().replaceFirst("^\\./", "").equals(IGNORE)) {
                    ignoring = true;
                    String patterns = new String(context.readAllBytes(), StandardCharsets.UTF_8);
                    file(tar, IGNORE, patterns + "\n" + DOCKERFILE + "\n");
                } else {
                    tar.putArchiveEntry(entry);
                    context.transferTo(tar);
                    tar.closeArchiveEntry();
                }
            }
        }
        if (!ignoring) file(tar, IGNORE, DOCKERFILE + "\n" + IGNORE + "\n");
    }

    private static void file(TarArchiveOutputStream tar, String name, String text) throws IOException {
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        // always the same, so that it never undoes the cache
        entry.setModTime(0);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
