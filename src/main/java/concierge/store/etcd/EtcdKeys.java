package concierge.store.etcd;

import com.google.protobuf.ByteString;
import concierge.store.KeyOrder;

/**
 * Where keys stand in etcd: under the prefix as they are, so that people can look with etcd's own tools.
 * What the store needs for itself begins with NUL, which no key holds; so no listing and no watch meets it.
 *
 * @param prefix of every key; empty: the root
 */
record EtcdKeys(String prefix) {
    private static final String IDS = "\0commit/";

    ByteString of(String key) {
        return ByteString.copyFromUtf8(prefix + key);
    }

    /** The key of ours that stands there. */
    String name(ByteString key) {
        return key.substring(ByteString.copyFromUtf8(prefix).size()).toStringUtf8();
    }

    /** Where a listing begins. */
    ByteString from(String under, String after) {
        if (KeyOrder.isPast(after, under) && !after.isEmpty()) return ByteString.copyFromUtf8(prefix + after + "\0");
        return ByteString.copyFromUtf8(prefix + (under.isEmpty() ? "\u0001" : under));
    }

    /** The first key after all with this beginning; etcd's word for "all that follow" where there is none. */
    ByteString end(String under) {
        return end(ByteString.copyFromUtf8(prefix + under));
    }

    /** Notes that the transaction of an id was committed. */
    ByteString id(String id) {
        return of(IDS + id);
    }

    ByteString ids() {
        return of(IDS);
    }

    ByteString idsEnd() {
        return end(ids());
    }

    private static ByteString end(ByteString beginning) {
        if (beginning.isEmpty()) return ByteString.copyFromUtf8("\0");
        // No byte of UTF-8 is 0xff, so the last one has a successor.
        byte[] bytes = beginning.toByteArray();
        bytes[bytes.length - 1]++;
        return ByteString.copyFrom(bytes);
    }
}
