package concierge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Digest;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.Port;
import concierge.model.ServiceId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyTest {
    private static final ServiceId SERVICE = ServiceId.parse("shop/default/web");
    private static final InstanceId ID = SERVICE.instance(12);

    @Test
    void everyKeyIsReadBackIntoWhatItWasMadeOf() {
        Endpoint endpoint = new Endpoint(ID, new Port(53, Port.Protocol.udp, Optional.empty()), "fd00::1", 20001);
        Map<String, Key> keys = Map.ofEntries(
                Map.entry(Keys.host("n.1-a"), new Key.Host("n.1-a")),
                Map.entry(Keys.cordon("n1"), new Key.Cordon("n1")),
                Map.entry(Keys.built("concierge/shop-app:12"), new Key.Built("concierge/shop-app:12")),
                Map.entry(Keys.peerHost("n1"), new Key.Peer("hosts/n1")),
                Map.entry(Keys.peerServer("n1", "0a1b"), new Key.Peer("servers/n1/0a1b")),
                Map.entry(Keys.move(SERVICE.instance(1)), new Key.Move(SERVICE.instance(1))),
                Map.entry(Keys.proc(SERVICE), new Key.Proc(SERVICE)),
                Map.entry(Keys.run(ID), new Key.Run(ID)),
                Map.entry(Keys.deploy("n1", ID), new Key.Deploy("n1", ID)),
                Map.entry(Keys.counter("n1", ID), new Key.Counter("n1", ID)),
                Map.entry(Keys.assign("n1", ID), new Key.Assign("n1", ID)),
                Map.entry(Keys.status("n1", ID), new Key.Status("n1", ID)),
                Map.entry(Keys.fixed(ID), new Key.Fixed("shop", "web", 12)),
                Map.entry(Keys.port(endpoint), new Key.Ports(endpoint)),
                Map.entry(Keys.image("shop", "default", "src"), new Key.Image("shop", "default", "src")),
                Map.entry(Keys.spec(Digest.of("a")), new Key.Spec(Digest.of("a"))),
                Map.entry(Keys.deployment("shop", "0000000001"), new Key.Deployment("shop", "0000000001")),
                Map.entry(Keys.stack("shop"), new Key.Stack("shop")),
                Map.entry(Keys.env("shop", "KEY/x"), new Key.Env("shop", "KEY/x")),
                Map.entry(Keys.secret("shop", "db_password"), new Key.Secret("shop", "db_password")),
                Map.entry(Keys.pending(ID), new Key.Pending(ID)),
                Map.entry(Keys.LEADER, new Key.Leader()),
                Map.entry(Keys.FORMAT, new Key.Meta("format")));
        keys.forEach((text, key) -> assertThat(Key.parse(text)).isEqualTo(key));
    }

    @Test
    void theFixedKeysStandWherePeopleLookForThem() {
        assertThat(Keys.port(new Endpoint(ID, Port.tcp(80), "10.0.0.1", 20001))).isEqualTo("/ports/shop/default/web/80/tcp/10.0.0.1/20001/12");
        assertThat(Keys.fixed(ID)).isEqualTo("/fixed/shop/web/12");
        assertThat(Keys.deploy("n1", ID)).isEqualTo("/deploy/n1/shop/default/web/12");
    }

    @Test
    void whatIsNotOursIsForeignAndWhatIsMisshapenIsRefused() {
        assertThat(Key.parse("/elsewhere/x")).isEqualTo(new Key.Foreign("/elsewhere/x"));
        assertThat(Key.parse("plain")).isEqualTo(new Key.Foreign("plain"));
        for (String bad : List.of("/proc/a", "/run/a/b/c", "/run/a/b/c/0", "/assign/n1", "/assign//a/b/c/1", "/fixed/a/b/x", "/specs/12", "/ports/a/b/c/80/sctp/1/2/3", "/ports/a")) {
            assertThatThrownBy(() -> Key.parse(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
