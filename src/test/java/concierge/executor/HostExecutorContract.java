package concierge.executor;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ServiceSpec;
import concierge.model.Volume;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What executors promise that work on this host; those of other hosts leave it to their own. */
public abstract class HostExecutorContract extends ExecutorContract {
    @Test
    void clearing_takes_what_outlives_instances_and_volumes_only_when_told() {
        Belongings belongings = (Belongings) executor;
        ServiceSpec spec = shell(OBEDIENT).with().volumes(List.of(new Volume(Optional.empty(), "/data"))).pinned(true).build();
        runWithVolume(1, spec);
        executor.remove(instance("web"));
        assertThat(belongings.clear(false).kept()).isEmpty();
        assertThat(belongings.clear(true).removed()).as("its volume").hasSize(1);
        assertThat(belongings.clear(true)).as("again").isEqualTo(new VolumeEngine.Removed(List.of(), List.of()));
        assertThat(((VolumeEngine) executor).removeVolumes("shop").removed()).isEmpty();
    }
}
