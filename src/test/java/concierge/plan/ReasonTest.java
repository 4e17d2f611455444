package concierge.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ReasonTest {
    @Test
    void whyAFixedOneWaitsIsASentence() {
        Refusal taken = new Refusal.PortTaken("8080/tcp", Optional.of(World.id("blog/default/web").instance(1)));
        assertThat(new Reason.PinnedTo("vm", taken).text())
                .isEqualTo("fixed on host vm, where port 8080/tcp is taken by blog/default/web/1");
        assertThat(new Reason.PinnedTo("vm", new Refusal.HasOne()).text()).isEqualTo("fixed on host vm, which has an instance of it already");
        assertThat(new Reason.PinnedTo("vm", new Refusal.ShortOfMemory(World.MIB)).text())
                .isEqualTo("fixed on host vm, which is short of memory (need 1 MiB)");
    }
}
