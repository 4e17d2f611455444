package concierge.agent;

import concierge.model.HostRecord;
import concierge.model.Loss;
import concierge.state.Codec;
import concierge.state.Keys;
import concierge.store.Store;
import java.time.Duration;
import java.util.Optional;

/** Whose a host's name is: one agent's at a time, told by the record that its lease keeps. */
public final class HostClaim {
    /** A dead agent's lease ends so long after its time, as etcd rounds and looks. */
    private static final Duration ROUNDING = Duration.ofSeconds(3);

    /** Between two looks at a name that another one has. */
    private static final Duration LOOK = Duration.ofMillis(200);

    private final Store store;
    private final AgentSettings settings;

    public HostClaim(Store store, AgentSettings settings) {
        this.store = store;
        this.settings = settings;
    }

    /**
     * Waits until nobody else has the host's name: another agent's lease may be that of one which died.
     *
     * @throws HostTakenException when it is kept alive
     */
    public void await() throws HostTakenException, InterruptedException {
        long deadline = System.nanoTime() + longest().plus(ROUNDING).toNanos();
        Optional<HostRecord> other = other();
        while (other.isPresent()) {
            if (System.nanoTime() > deadline) throw new HostTakenException(other.get());
            Thread.sleep(LOOK);
            other = other();
        }
    }

    /** That a record of somebody who died can last. */
    Duration longest() {
        return settings.lease().compareTo(Loss.RESTART) > 0 ? settings.lease() : Loss.RESTART;
    }

    private Optional<HostRecord> other() {
        return store.find(Keys.host(settings.host())).map(entry -> Codec.host(entry.value())).filter(this::isOther);
    }

    boolean isOther(HostRecord record) {
        return !record.agent().isEmpty() && !settings.identity().isEmpty() && !record.agent().equals(settings.identity());
    }
}
