package concierge.cli.look;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.command.Target;
import concierge.cli.command.Times;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Table;
import concierge.cli.terminal.Table.Cell;
import concierge.cli.terminal.Table.Column;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import concierge.model.Names;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** What {@code ps} shows: the body of {@code /v1/ps} as a table of instances and sites. */
public record Overview(JsonTree body) {
    private static final List<String> LISTS = List.of("instances", "idle", "sites");
    private static final String INDENT = "    ";
    private static final String URL = "URL";

    public List<InstanceRow> instances() {
        List<InstanceRow> rows = new ArrayList<>();
        for (JsonTree node : body.path("instances").values()) rows.add(new InstanceRow(node));
        return rows;
    }

    /** What a name means: of a stack, a service or one instance. A stack's deployments stay. */
    Overview only(Target wanted) {
        if (wanted.service().isEmpty()) return this;
        JsonTree some = body;
        for (String list : LISTS) {
            some = some.only(list, node -> wanted.matches(
                    wanted.tag().isEmpty() ? "" : node.path("tag").asString(""), node.path("service").asString(""), node.path("n").asInt(wanted.n())));
        }
        return new Overview(some);
    }

    boolean isEmpty() {
        return LISTS.stream().allMatch(list -> body.path(list).isEmpty());
    }

    /** Whether it is served by the router, without instances. */
    public boolean isSite(Target wanted) {
        return body.path("sites").values().stream().anyMatch(site -> site.path("service").asString("").equals(wanted.service()));
    }

    /** Names of all services shown. */
    public Set<String> services() {
        Set<String> names = new TreeSet<>();
        for (String list : LISTS) for (JsonTree node : body.path(list).values()) names.add(node.path("service").asString(""));
        return names;
    }

    /**
     * Nothing of it is shown: because there is nothing, or because of a mistake in the name, which the server or we tell.
     *
     * @throws Failure with the nearest name
     */
    public void requireNamed(Api api, Target wanted) {
        if (wanted.stack().isEmpty()) return;
        if (isEmpty()) {
            boolean tagged = !wanted.tag().isEmpty();
            api.read(tagged ? Api.path("v1", "nodes", wanted.stack(), wanted.tag()) : Api.path("v1", "stack", wanted.stack()));
        }
        if (wanted.service().isEmpty()) return;
        String near = Names.nearest(wanted.service(), List.copyOf(services())).map(name -> "did you mean " + wanted.stack() + "/" + name + "?").orElse("");
        throw new Failure(Exit.REFUSED, wanted + ": nothing of that name", near.isEmpty() ? "concierge ps " + wanted.stack() + " shows what there is" : near);
    }

    /** Notes stand in a column of their own, or, where that would cut something off, in a free place or below their lines. */
    public List<String> lines(Terminal terminal, Instant now) {
        List<String> lines = new ArrayList<>();
        Table table = table(now, true);
        if (table.isEmpty()) {
            lines.add(terminal.paint(Ink.faint, "nothing runs; concierge up FOLDER deploys a stack"));
        } else if (table.fits(terminal)) {
            lines.addAll(table.lines(terminal));
        } else {
            lines.addAll(table(now, false).lines(terminal));
            List<InstanceRow> rows = instances();
            String head = Cells.tame(lines.getFirst());
            int column = head.contains(URL) ? head.indexOf(URL) : head.length() + 2;
            for (int i = rows.size() - 1; i >= 0; i--) {
                InstanceRow row = rows.get(i);
                String note = Cells.tame(row.note());
                boolean fits = row.addresses().isEmpty() && column + Cells.width(note) <= terminal.width();
                if (note.isEmpty()) continue;
                if (fits) lines.set(i + 1, Cells.padded(lines.get(i + 1), column) + terminal.paint(noteInk(row), note));
                else lines.addAll(i + 2, below(terminal, row));
            }
        }
        lines.addAll(troubles(terminal));
        lines.addAll(remarks(terminal));
        return lines;
    }

    private Table table(Instant now, boolean notes) {
        Table table = new Table(Column.left("INSTANCE"), Column.left("STATE"), Column.left("HOST"), Column.left("BY"),
                Column.right("FOR"), Column.shrinking(URL), Column.shrinking("NOTE"));
        for (InstanceRow row : instances()) {
            table.row(new Cell(row.name(), Ink.bold), new Cell(row.shownState(), row.ink()), Cell.of(row.host()),
                    new Cell(row.executor(), Ink.faint), Cell.of(Times.age(row.since(), now)),
                    new Cell(String.join(" ", row.addresses()), Ink.cyan), new Cell(notes ? row.note() : "", noteInk(row)));
        }
        for (JsonTree service : body.path("idle").values()) {
            String name = new InstanceRow(service).name();
            boolean stopped = service.path("stopped").asBoolean(false);
            table.row(new Cell(name, Ink.bold), new Cell("○ " + (stopped ? "stopped" : "scale 0"), Ink.faint), Cell.of(""), Cell.of(""), Cell.of(""),
                    Cell.of(""), new Cell(notes && stopped ? "concierge start " + name : "", Ink.faint));
        }
        sites().forEach((service, urls) -> table.row(new Cell(service, Ink.bold), new Cell("● site", Ink.green), Cell.of(""),
                new Cell("router", Ink.faint), Cell.of(""), new Cell(String.join(" ", urls), Ink.cyan), Cell.of("")));
        return table;
    }

    private static List<String> below(Terminal terminal, InstanceRow row) {
        return Cells.wrapped(Cells.tame(row.note()), Math.max(20, terminal.width() - INDENT.length())).stream()
                .map(line -> INDENT + terminal.paint(noteInk(row), line)).toList();
    }

    private static Ink noteInk(InstanceRow row) {
        return row.crashing() ? Ink.red : Ink.faint;
    }

    private Map<String, List<String>> sites() {
        Map<String, List<String>> sites = new LinkedHashMap<>();
        for (JsonTree site : body.path("sites").values()) {
            String service = site.path("stack").asString("") + "/" + site.path("service").asString("");
            sites.computeIfAbsent(service, _ -> new ArrayList<>()).add(site.path("url").asString(site.path("domain").asString("")));
        }
        return sites;
    }

    /** What the server says of the whole. */
    private List<String> remarks(Terminal terminal) {
        return body.path("remarks").values().stream()
                .flatMap(remark -> Cells.wrapped("! " + Cells.tame(remark.asString("")), terminal.width()).stream())
                .map(line -> terminal.paint(Ink.yellow, line))
                .toList();
    }

    /** Whether all that a deployment was for is there by now. */
    private boolean hasComeTrue(JsonTree deployment) {
        List<JsonTree> its = body.path("instances").values().stream()
                .filter(it -> it.path("stack").asString("").equals(deployment.path("stack").asString("")) && it.path("tag").asString("").equals(deployment.path("tag").asString("")))
                .toList();
        return !its.isEmpty() && its.stream().allMatch(it -> List.of("ready", "completed").contains(it.path("state").asString("")));
    }

    /** The last deployment of each stack, where it is under way or went wrong; not one that has made up for it. */
    private List<String> troubles(Terminal terminal) {
        Map<String, JsonTree> last = new LinkedHashMap<>();
        for (JsonTree deployment : body.path("deployments").values()) last.putIfAbsent(deployment.path("stack").asString(""), deployment);
        List<String> lines = new ArrayList<>();
        last.forEach((stack, deployment) -> {
            String outcome = deployment.path("outcome").asString("");
            String reason = deployment.path("reason").asString("");
            String text = stack + ": deployment " + (outcome.equals("active") ? "under way" : outcome) + (reason.isEmpty() ? "" : ": " + reason);
            if (!outcome.equals("failed") && !outcome.equals("active")) return;
            if (outcome.equals("failed") && hasComeTrue(deployment)) return;
            for (String line : Cells.wrapped(Cells.tame(text), terminal.width())) lines.add(terminal.paint(outcome.equals("failed") ? Ink.red : Ink.yellow, line));
        });
        return lines;
    }
}
