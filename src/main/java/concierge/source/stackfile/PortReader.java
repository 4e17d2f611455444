package concierge.source.stackfile;

import concierge.model.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code expose}: {@code 80}, {@code 80/tcp}, {@code 53/udp}, {@code 8080:80}. */
final class PortReader {
    private static final Pattern PORT = Pattern.compile("(?:(\\d{1,5}):)?(\\d{1,5})(?:/(tcp|udp))?");
    private static final int LAST = 65535;
    private static final String EXPECTED = "80, 80/tcp, 53/udp or HOST:CONTAINER, each 1 to " + LAST;

    private PortReader() {}

    static List<Port> read(Section section, Places.Notes places, Findings findings) {
        List<Port> ports = new ArrayList<>();
        for (Section.Item item : section.items("expose")) {
            Optional<String> text = section.word(item.node(), item.path(), EXPECTED);
            if (text.isEmpty()) continue;
            Optional<Port> port = parse(text.get());
            if (port.isEmpty()) {
                findings.unexpected(item.node().at(), item.path(), Findings.shown(text.get()), EXPECTED);
            } else if (ports.stream().anyMatch(other -> other.key().equals(port.get().key()))) {
                findings.unexpected(item.node().at(), item.path(), port.get().key() + " a second time", "each port once");
            } else {
                places.note("expose." + port.get().key(), item.node().at());
                ports.add(port.get());
            }
        }
        return ports;
    }

    static Optional<Port> parse(String text) {
        Matcher matcher = PORT.matcher(text);
        if (!matcher.matches()) return Optional.empty();
        Optional<Integer> host = Optional.ofNullable(matcher.group(1)).map(Integer::parseInt);
        int container = Integer.parseInt(matcher.group(2));
        if (container < 1 || container > LAST || host.filter(port -> port < 1 || port > LAST).isPresent()) return Optional.empty();
        return Optional.of(new Port(container, "udp".equals(matcher.group(3)) ? Port.Protocol.udp : Port.Protocol.tcp, host));
    }
}
