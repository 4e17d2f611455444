package concierge.dns;

import concierge.model.NameTable;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.SOARecord;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * What one table of names answers, as an authority for one zone (RFC 1035, SRV by RFC 2782). Immutable.
 *
 * <ul>
 *   <li>{@code web.shop.concierge}: A and AAAA of every ready instance's addresses; SRV of all of its ports
 *   <li>{@code _80._tcp.web.shop.concierge}: SRV of that port
 *   <li>{@code 2.web.shop.concierge}: one instance, which SRV answers point to
 * </ul>
 *
 * A service without a ready instance has a name and no records; what is not of the zone is refused.
 */
final class Zone {
    /** Endpoints appear and vanish within milliseconds: nobody may remember them for longer than a retry takes. */
    private static final int TTL_SECONDS = 1;

    /** Of the zone's own records, which do not change. */
    private static final int OWN_TTL_SECONDS = 60;

    /** Of a longer list, those whose turn it is: a client tries a few, and the answer stays a packet or two. */
    private static final int MOST_ANSWERS = 50;

    /** No secondary server follows; these are the usual values. */
    private static final int REFRESH_SECONDS = 3600;

    private static final int RETRY_SECONDS = 600;
    private static final int EXPIRE_SECONDS = 86400;

    private final Name origin;
    private final Name server;
    private final Record authority;
    private final Map<Name, List<Record>> records = new HashMap<>();

    /** @param origin absolute: {@code concierge.} */
    Zone(Name origin, NameTable table) {
        this.origin = origin;
        this.server = under(origin, "ns");
        // Serial numbers have 32 bits and may wrap (RFC 1982).
        long serial = table.revision() & 0xffffffffL;
        this.authority = new SOARecord(
                origin, DClass.IN, OWN_TTL_SECONDS, server, under(origin, "hostmaster"), serial, REFRESH_SECONDS, RETRY_SECONDS, EXPIRE_SECONDS, TTL_SECONDS);
        own(origin, authority);
        own(origin, new NSRecord(origin, DClass.IN, OWN_TTL_SECONDS, server));
        for (NameTable.Named service : table.services()) add(service);
    }

    /** The zone of that name: {@code concierge}, with or without the last dot. */
    static Name origin(String name) {
        try {
            return Name.fromString(name.toLowerCase(Locale.ROOT), Name.root);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("dns.zone: " + name + " (expected: a domain name, such as concierge or svc.example.org)", e);
        }
    }

    private static Name under(Name parent, String labels) {
        try {
            return Name.fromString(labels, parent);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("no name: " + labels + " under " + parent, e);
        }
    }

    private void own(Name name, Record record) {
        records.computeIfAbsent(name, _ -> new ArrayList<>()).add(record);
    }

    private void add(NameTable.Named service) {
        Name name = under(origin, service.name());
        // The names above exist, too: otherwise a resolver concludes that nothing is below them (RFC 8020).
        for (Name parent = new Name(name, 1); !parent.equals(origin); parent = new Name(parent, 1)) records.computeIfAbsent(parent, _ -> new ArrayList<>());
        records.computeIfAbsent(name, _ -> new ArrayList<>());
        Set<Record> addresses = new LinkedHashSet<>();
        for (NameTable.Target target : service.targets()) {
            Name instance = under(name, Integer.toString(target.n()));
            address(name, target).ifPresent(addresses::add);
            address(instance, target).filter(record -> !records.getOrDefault(instance, List.of()).contains(record)).ifPresent(record -> own(instance, record));
            Name transport = under(name, "_" + target.protocol());
            Name port = under(transport, "_" + target.port());
            records.computeIfAbsent(transport, _ -> new ArrayList<>());
            own(port, new SRVRecord(port, DClass.IN, TTL_SECONDS, 0, 1, target.hostPort(), instance));
            own(name, new SRVRecord(name, DClass.IN, TTL_SECONDS, 0, 1, target.hostPort(), instance));
        }
        addresses.forEach(record -> own(name, record));
    }

    private static Optional<Record> address(Name name, NameTable.Target target) {
        try {
            InetAddress address = InetAddress.ofLiteral(target.address());
            return Optional.of(address instanceof Inet6Address
                    ? new AAAARecord(name, DClass.IN, TTL_SECONDS, address)
                    : new ARecord(name, DClass.IN, TTL_SECONDS, address));
        } catch (IllegalArgumentException e) {
            // A host may be known by a name of its own: that one is left to who asked for the SRV.
            return Optional.empty();
        }
    }

    /**
     * @param turn where to begin in a list, so that takers of the first answer share the instances
     * @return complete and of any size; the transport cuts it
     */
    Message answer(Message query, int turn) {
        @Nullable Record question = query.getQuestion();
        if (query.getHeader().getOpcode() != Opcode.QUERY) return reply(query, Rcode.NOTIMP);
        if (question == null) return reply(query, Rcode.FORMERR);
        if (!question.getName().subdomain(origin) || question.getDClass() != DClass.IN && question.getDClass() != DClass.ANY) return reply(query, Rcode.REFUSED);
        @Nullable List<Record> here = records.get(question.getName());
        Message reply = reply(query, here == null ? Rcode.NXDOMAIN : Rcode.NOERROR);
        reply.getHeader().setFlag(Flags.AA);
        List<Record> found = here == null ? List.of() : here.stream().filter(wanted(question.getType())).toList();
        if (found.isEmpty()) {
            reply.addRecord(authority, Section.AUTHORITY);
            return reply;
        }
        List<Record> turned = new ArrayList<>(found);
        Collections.rotate(turned, -Math.floorMod(turn, turned.size()));
        for (Record record : turned.subList(0, Math.min(turned.size(), MOST_ANSWERS))) {
            // As it was asked: some check that the name comes back in their spelling.
            reply.addRecord(record.getName().equals(question.getName()) ? record.withName(question.getName()) : record, Section.ANSWER);
            if (record instanceof SRVRecord service) addAddresses(reply, service.getTarget());
        }
        return reply;
    }

    private void addAddresses(Message reply, Name target) {
        for (Record record : records.getOrDefault(target, List.of())) {
            if (isAddress(record) && !reply.findRecord(record)) reply.addRecord(record, Section.ADDITIONAL);
        }
    }

    private static Predicate<Record> wanted(int type) {
        // "Any" is answered with what nearly everybody means by it (RFC 8482 allows a choice).
        return type == Type.ANY ? Zone::isAddress : record -> record.getType() == type;
    }

    private static boolean isAddress(Record record) {
        return record.getType() == Type.A || record.getType() == Type.AAAA;
    }

    static Message reply(Message query, int code) {
        Message reply = new Message(query.getHeader().getID());
        reply.getHeader().setOpcode(query.getHeader().getOpcode());
        reply.getHeader().setFlag(Flags.QR);
        if (query.getHeader().getFlag(Flags.RD)) reply.getHeader().setFlag(Flags.RD);
        reply.getHeader().setRcode(code);
        @Nullable Record question = query.getQuestion();
        if (question != null) reply.addRecord(question, Section.QUESTION);
        return reply;
    }
}
