package concierge.store.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.Secret;
import concierge.store.StoreException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EtcdSettingsTest {
    @Test
    void anAddressNamesMembersAndPrefix() {
        EtcdSettings settings = EtcdSettings.at("etcd://a.example.org:1234,b,[::1]:99,[::1]/shop/one/");
        assertThat(settings.endpoints()).isEqualTo(List.of("a.example.org:1234", "b:2379", "[::1]:99", "[::1]:2379"));
        assertThat(settings.prefix()).isEqualTo("/shop/one");
        assertThat(settings.tls()).isFalse();
        assertThat(EtcdSettings.at("etcds://a").tls()).isTrue();
        assertThat(EtcdSettings.at("etcd://a/").prefix()).isEmpty();
        assertThat(settings).hasToString("etcd://a.example.org:1234,b:2379,[::1]:99,[::1]:2379/shop/one");
    }

    @Test
    void whatIsNoAddressIsRefusedWithWhatIsExpected() {
        for (String wrong : List.of("", "http://a:2379", "etcd://", "etcd://a:0", "etcd://a:70000", "etcd://a,,b", "etcd://a b", "etcd://bob:pw@a:2379")) {
            assertThatThrownBy(() -> EtcdSettings.at(wrong)).as(wrong).isInstanceOf(StoreException.class)
                    .hasMessageContaining("expected: etcd://host:2379").hasMessageNotContaining("pw");
        }
    }

    @Test
    void halvesOfPairsAreRefused() {
        EtcdSettings settings = EtcdSettings.at("etcds://a");
        Optional<Path> file = Optional.of(Path.of("x.pem"));
        assertThatThrownBy(() -> settings.withCertificates(file, file, Optional.empty())).hasMessageContaining("certificate without its key");
        assertThatThrownBy(() -> settings.withUser("bob", Secret.of(""))).hasMessageContaining("user without a password");
        assertThatThrownBy(() -> EtcdSettings.at("etcd://a").withCertificates(file, Optional.empty(), Optional.empty())).hasMessageContaining("etcds://");
        assertThat(settings.withUser("bob", Secret.of("s3cret")).toString()).doesNotContain("s3cret");
    }
}
