package concierge.peer;

import concierge.executor.ByteQueue;
import concierge.executor.ExecSession;
import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import tools.jackson.databind.JsonNode;

/** A command on another host: the near end of a {@link Relay}. A thread of its own takes what the far end says. */
final class RemoteSession implements ExecSession {
    private final Peer peer;
    private final Link link;
    private final ByteQueue stdout = new ByteQueue();
    private final ByteQueue stderr = new ByteQueue();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final OutputStream stdin = new RemoteInput();

    RemoteSession(Peer peer, Link link) {
        this.peer = peer;
        this.link = link;
        Thread.ofVirtual().name("peer session").start(this::take);
    }

    private void take() {
        IOException failure = null;
        try {
            for (Channels.Message message = link.receive(); message != null; message = link.receive()) {
                switch (message.channel()) {
                    case Channels.STDOUT -> stdout.put(message.content());
                    case Channels.STDERR -> stderr.put(message.content());
                    default -> said(Answer.read(message.content()));
                }
            }
            if (!exit.isDone()) failure = new IOException("it broke off");
        } catch (IOException e) {
            failure = e;
        } catch (ExecutorException e) {
            exit.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        link.close();
        stdout.end(failure);
        stderr.end(failure);
        exit.completeExceptionally(peer.gone(failure == null ? new IOException("it broke off") : failure));
    }

    private void said(JsonNode control) {
        Answer.requireGranted(control, peer.text());
        if (!control.has("exit")) return;
        exit.complete(control.path("exit").asInt());
        // The last word: hanging up tells the far end that it was heard.
        link.close();
    }

    @Override
    public OutputStream stdin() {
        return stdin;
    }

    @Override
    public InputStream stdout() {
        return stdout;
    }

    @Override
    public InputStream stderr() {
        return stderr;
    }

    /** One that has ended meanwhile has no terminal to resize: that is no failure. */
    @Override
    public void resize(int columns, int rows) {
        try {
            tell(Map.of("resize", List.of(columns, rows)));
        } catch (IOException e) {
            link.close();
        }
    }

    @Override
    public int exitCode() throws InterruptedException {
        try {
            return exit.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ExecutorException known) throw known;
            throw new ExecutorException(Kind.other, "the command's end was not told", e);
        }
    }

    /** The far end ends the command, as when a terminal is closed. */
    @Override
    public void close() {
        link.close();
        stdout.close();
        stderr.close();
    }

    private void tell(Object control) throws IOException {
        byte[] bytes = Json.mapper().writeValueAsBytes(control);
        link.send(Channels.CONTROL, bytes, bytes.length);
    }

    private final class RemoteInput extends OutputStream {
        private boolean ended;

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) return;
            byte[] part = offset == 0 ? bytes : java.util.Arrays.copyOfRange(bytes, offset, offset + length);
            link.send(Channels.STDIN, part, length);
        }

        /** Ends the input alone. */
        @Override
        public synchronized void close() throws IOException {
            if (ended) return;
            ended = true;
            tell(Map.of("eof", true));
        }
    }
}
