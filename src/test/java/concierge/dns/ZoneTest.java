package concierge.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import concierge.model.NameTable;
import concierge.model.NameTable.Named;
import concierge.model.NameTable.Target;
import concierge.model.Port.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

class ZoneTest {
    private final Zone zone = new Zone(Zone.origin("concierge"), new NameTable("installation", 7, List.of(
            new Named("idle.shop", List.of()),
            new Named("web.shop", List.of(
                    new Target(1, 80, Protocol.tcp, "10.0.0.1", 40001), new Target(1, 53, Protocol.udp, "10.0.0.1", 40002),
                    new Target(2, 80, Protocol.tcp, "10.0.0.2", 40001), new Target(3, 80, Protocol.tcp, "fd00::3", 40009))))));

    private Message ask(String name, int type) throws Exception {
        return zone.answer(Message.newQuery(Record.newRecord(Name.fromString(name), type, DClass.IN)), 0);
    }

    private static List<String> data(Message answer, int section) {
        return answer.getSection(section).stream().map(Record::rdataToString).toList();
    }

    @Test
    void aServiceHasTheAddressesOfItsReadyInstances() throws Exception {
        Message answer = ask("web.shop.concierge.", Type.A);
        assertThat(data(answer, Section.ANSWER)).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(answer.getHeader().getFlag(Flags.AA)).isTrue();
        assertThat(answer.getSection(Section.ANSWER)).allMatch(record -> record.getTTL() == 1);
        assertThat(data(ask("web.shop.concierge.", Type.AAAA), Section.ANSWER)).containsExactly("fd00:0:0:0:0:0:0:3");
        assertThat(data(ask("web.shop.concierge.", Type.ANY), Section.ANSWER)).hasSize(3);
    }

    @Test
    void aPortIsFoundWithTheAddressOfEachInstance() throws Exception {
        Message answer = ask("_80._tcp.web.shop.concierge.", Type.SRV);
        assertThat(data(answer, Section.ANSWER)).containsExactly(
                "0 1 40001 1.web.shop.concierge.", "0 1 40001 2.web.shop.concierge.", "0 1 40009 3.web.shop.concierge.");
        assertThat(data(answer, Section.ADDITIONAL)).containsExactly("10.0.0.1", "10.0.0.2", "fd00:0:0:0:0:0:0:3");
        assertThat(data(ask("_53._udp.web.shop.concierge.", Type.SRV), Section.ANSWER)).containsExactly("0 1 40002 1.web.shop.concierge.");
        assertThat(data(ask("web.shop.concierge.", Type.SRV), Section.ANSWER)).hasSize(4);
        assertThat(data(ask("2.web.shop.concierge.", Type.A), Section.ANSWER)).containsExactly("10.0.0.2");
    }

    @Test
    void takersOfTheFirstAnswerShareTheInstances() throws Exception {
        Message query = Message.newQuery(Record.newRecord(Name.fromString("web.shop.concierge."), Type.A, DClass.IN));
        assertThat(data(zone.answer(query, 1), Section.ANSWER)).containsExactly("10.0.0.2", "10.0.0.1");
        assertThat(data(zone.answer(query, Integer.MAX_VALUE + 1), Section.ANSWER)).hasSize(2);
    }

    @Test
    void aServiceWithoutAReadyInstanceIsKnownAndHasNoAddress() throws Exception {
        Message answer = ask("idle.shop.concierge.", Type.A);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(answer.getSection(Section.ANSWER)).isEmpty();
        assertThat(answer.getSection(Section.AUTHORITY)).hasSize(1).allMatch(SOARecord.class::isInstance);
    }

    @Test
    void whatIsNotThereIsDeniedAndNotRememberedForLong() throws Exception {
        Message answer = ask("wob.shop.concierge.", Type.A);
        assertThat(answer.getRcode()).isEqualTo(Rcode.NXDOMAIN);
        assertThat(((SOARecord) answer.getSection(Section.AUTHORITY).getFirst()).getMinimum()).isEqualTo(1);
    }

    @Test
    void aNameAboveOthersIsNotDenied() throws Exception {
        // A resolver that heard of no shop.concierge need not ask for web.shop.concierge any more.
        assertThat(ask("shop.concierge.", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
        assertThat(ask("_tcp.web.shop.concierge.", Type.A).getRcode()).isEqualTo(Rcode.NOERROR);
    }

    @Test
    void theZoneTellsOfItself() throws Exception {
        assertThat(data(ask("concierge.", Type.NS), Section.ANSWER)).containsExactly("ns.concierge.");
        assertThat(((SOARecord) ask("concierge.", Type.SOA).getSection(Section.ANSWER).getFirst()).getSerial()).isEqualTo(7);
    }

    @Test
    void otherZonesAreRefused() throws Exception {
        assertThat(ask("example.org.", Type.A).getRcode()).isEqualTo(Rcode.REFUSED);
        assertThat(ask("notconcierge.", Type.A).getRcode()).isEqualTo(Rcode.REFUSED);
    }

    @Test
    void spellingDoesNotMatterAndComesBackAsAsked() throws Exception {
        Message answer = ask("WEB.Shop.concierge.", Type.A);
        assertThat(answer.getSection(Section.ANSWER)).hasSize(2).allMatch(record -> record.getName().toString().equals("WEB.Shop.concierge."));
    }

    @Test
    void ofManyInstancesAFewAreTold() {
        List<Target> targets = new ArrayList<>();
        for (int n = 1; n <= 300; n++) targets.add(new Target(n, 80, Protocol.tcp, "10.0." + n / 250 + "." + n % 250, 40000));
        Zone large = new Zone(Zone.origin("svc.example.org."), new NameTable("installation", 7, List.of(new Named("web.shop", targets))));
        Message query = Message.newQuery(Record.newRecord(Zone.origin("web.shop.svc.example.org"), Type.A, DClass.IN));
        assertThat(large.answer(query, 0).getSection(Section.ANSWER)).hasSize(50);
        assertThat(large.answer(query, 299).getSection(Section.ANSWER).getFirst()).hasToString(
                large.answer(query, -1).getSection(Section.ANSWER).getFirst().toString());
    }

    @Test
    void aZoneThatIsNoDomainIsRefused() {
        assertThatThrownBy(() -> Zone.origin("con..cierge")).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("dns.zone: con..cierge (expected: a domain name");
    }
}
