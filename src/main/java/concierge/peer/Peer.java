package concierge.peer;

import concierge.executor.ExecutorException;
import concierge.executor.ExecutorException.Kind;
import concierge.json.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import javax.net.ssl.SSLException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** A host or a server of this installation that can be asked. Holds no connection; thread-safe. */
final class Peer {
    private final String name;
    private final String address;
    private final String member;
    private final Trust trust;

    Peer(String name, Listed listed, Trust trust) {
        this.name = name;
        this.address = listed.address();
        this.member = listed.member();
        this.trust = trust;
    }

    String name() {
        return name;
    }

    /** For messages. */
    String text() {
        return "host " + name;
    }

    /**
     * Asks, and waits for the answer's head. The caller closes the link.
     *
     * @throws ExecutorException what the peer refused with; {@code unavailable} when it cannot be reached
     */
    Link open(Question question) {
        return open(question, PeerLimits.ANSWER);
    }

    /** A whole answer. */
    <T> T ask(Question question, Class<T> type) {
        return ask(question, type, PeerLimits.ANSWER);
    }

    <T> T ask(Question question, Class<T> type, Duration limit) {
        JsonNode[] head = new JsonNode[1];
        open(question, limit, head, () -> {}).close();
        try {
            return Json.mapper().treeToValue(head[0].path("answer"), type);
        } catch (JacksonException e) {
            throw new ExecutorException(Kind.other, "host " + name + " answered what this version does not understand: " + e.getOriginalMessage(), e);
        }
    }

    private Link open(Question question, Duration limit) {
        return open(question, limit, () -> {});
    }

    /** @param waiting told each {@link PeerLimits#PATIENCE} that there is no answer yet */
    Link open(Question question, Duration limit, Runnable waiting) {
        return open(question, limit, new JsonNode[1], waiting);
    }

    private Link open(Question question, Duration limit, JsonNode[] head, Runnable waiting) {
        Link link = dial();
        try {
            byte[] asked = Json.mapper().writerFor(Question.class).writeValueAsBytes(question);
            link.send(Channels.CONTROL, asked, asked.length);
            head[0] = Answer.read(link.require(limit, waiting).content());
            Answer.requireGranted(head[0], text());
            return link;
        } catch (IOException e) {
            link.close();
            throw gone(e);
        } catch (InterruptedException e) {
            link.close();
            Thread.currentThread().interrupt();
            throw new ExecutorException(Kind.unavailable, "interrupted while host " + name + " was asked", e);
        } catch (RuntimeException e) {
            link.close();
            throw e;
        }
    }

    private Link dial() {
        try {
            return Link.dial(trust.asking(member), socketAddress());
        } catch (SSLException e) {
            throw new ExecutorException(Kind.refused, "host " + name + " at " + address + " is not taken for one of this installation, or does not take us for one: " + e.getMessage()
                    + " (expected: the same secrets.key in both homes)", e);
        } catch (IOException e) {
            throw new ExecutorException(Kind.unavailable, "host " + name + " does not answer at " + address + ": " + reason(e), e);
        }
    }

    private InetSocketAddress socketAddress() throws IOException {
        int colon = address.lastIndexOf(':');
        if (colon <= 0) throw new IOException("address: " + address + " (expected: address:port)");
        return new InetSocketAddress(address.substring(0, colon).replaceAll("^\\[|]$", ""), Integer.parseInt(address.substring(colon + 1)));
    }

    /** Whether somebody takes connections there. */
    boolean listens() {
        try (Socket socket = new Socket()) {
            socket.connect(socketAddress(), (int) PeerLimits.CONNECT.toMillis());
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    ExecutorException gone(IOException e) {
        return new ExecutorException(Kind.unavailable, "host " + name + " at " + address + " went away: " + reason(e), e);
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
