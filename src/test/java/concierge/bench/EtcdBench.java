package concierge.bench;

import com.google.protobuf.ByteString;
import concierge.store.Admission;
import concierge.store.etcd.EtcdSettings;
import concierge.store.etcd.EtcdStore;
import concierge.testing.EtcdServers;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.PutRequest;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * Commits a second over three etcd members: ours (with an id by which its outcome can be asked) against plain puts by
 * the same stubs to the same member. Arguments: seconds a run (default 2), runs (default 5), folder (default: the
 * working directory, since a temp folder may be memory).
 */
public final class EtcdBench {
    private EtcdBench() {}

    public static void main(String[] arguments) throws Exception {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 2;
        int runs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 5;
        Path folder = Files.createTempDirectory(Path.of(arguments.length > 2 ? arguments[2] : "."), "etcd-bench");
        try (EtcdServers etcd = EtcdServers.start(folder, 3)) {
            AtomicInteger prefixes = new AtomicInteger();
            CommitRates rates = new CommitRates(
                    seconds, runs,
                    () -> CommitRates.of(EtcdStore.open(EtcdSettings.at(etcd.address("/ours" + prefixes.incrementAndGet())), Admission.ANY), () -> {}),
                    () -> plain(etcd.address("").replace("etcd://", "").split(",")[0], "/plain" + prefixes.incrementAndGet()));
            System.out.println("| what | ours | plain puts | ratio |\n| --- | --- | --- | --- |");
            rates.compare("commits/s over three etcd members, 1 caller", 1);
            rates.compare("commits/s over three etcd members, 64 callers", 64);
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(file);
            }
        }
    }

    private static CommitRates.Target plain(String member, String prefix) {
        ManagedChannel channel = NettyChannelBuilder.forTarget("dns:///" + member).usePlaintext().build();
        KVGrpc.KVBlockingStub etcd = KVGrpc.newBlockingStub(channel);
        return new CommitRates.Target() {
            @Override
            public void put(String key, byte[] value) {
                etcd.put(PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(prefix + key)).setValue(ByteString.copyFrom(value)).build());
            }

            @Override
            public void close() {
                channel.shutdownNow();
            }
        };
    }
}
