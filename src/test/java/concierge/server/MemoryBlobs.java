package concierge.server;

import concierge.model.Digest;
import concierge.server.content.Blobs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

final class MemoryBlobs implements Blobs {
    final Map<Digest, byte[]> content = new ConcurrentHashMap<>();
    final List<Digest> unpacked = new CopyOnWriteArrayList<>();

    @Override
    public boolean has(Digest digest) {
        return content.containsKey(digest);
    }

    @Override
    public void put(Digest digest, InputStream from) throws IOException {
        byte[] bytes = from.readAllBytes();
        if (!Digest.of(bytes).equals(digest)) throw new WrongDigestException(digest, Digest.of(bytes));
        content.put(digest, bytes);
    }

    @Override
    public InputStream open(Digest digest) {
        return new ByteArrayInputStream(content.get(digest));
    }

    @Override
    public void unpackSite(Digest digest) {
        unpacked.add(digest);
    }
}
