package concierge.cli.deploy;

import concierge.cli.client.Api;
import concierge.cli.client.EventStream;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Problems;
import concierge.cli.command.Context;
import concierge.cli.command.Report;
import concierge.cli.command.Times;
import concierge.cli.look.InstanceRow;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import concierge.model.Problem;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Shows a build or deployment while it happens: on a terminal in place, a line for what is being done and
 * one a service; else a line for each thing that happened. A timer turns the spinner, so it locks itself.
 */
final class Rollout implements AutoCloseable {
    /** A spinner at eight frames a second looks alive and costs nothing. */
    private static final Duration FRAME = Duration.ofMillis(120);

    /** What a pipe's reader, a log of a build as a rule, can still read. */
    private static final int PIPED_WIDTH = 200;

    /** Of a failing instance's output: enough for a message and what led to it. */
    private static final int LOG_LINES = 6;

    /** More lines than this do not fit beside the rest of a small terminal. */
    private static final int SERVICES_SHOWN = 15;

    /** What the server says of an instance until the planner has seen it, a moment later. */
    private static final String UNPLANNED = "not planned yet";

    private final Terminal terminal;
    private final Report report;
    private final Live live;
    private final ScheduledExecutorService timer;
    private final Thread interrupted = new Thread(this::interrupt, "say-goodbye");
    private final Map<String, InstanceRow> instances = new TreeMap<>();
    private final Map<String, String> shownStates = new LinkedHashMap<>();
    private final Set<Problem> warned = new HashSet<>();
    private String step = "";
    private boolean brief;
    private String detail = "";
    private String stack = "";
    private List<String> remarks = List.of();
    private long stepBegan = System.nanoTime();
    private long frame;

    Rollout(Context context) {
        this.terminal = context.terminal();
        this.report = new Report(terminal, context.folder());
        this.live = new Live(terminal);
        this.timer = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("spinner").factory());
        if (live.inPlace()) timer.scheduleAtFixedRate(this::turn, FRAME.toMillis(), FRAME.toMillis(), TimeUnit.MILLISECONDS);
        Runtime.getRuntime().addShutdownHook(interrupted);
    }

    /** What is being done now; the step before is done. */
    synchronized void step(String text) {
        if (text.equals(step)) return;
        settle();
        step = text;
        brief = false;
        stepBegan = System.nanoTime();
        if (!live.inPlace()) live.settle("• " + Cells.tame(text));
        draw();
    }

    /** What fills the moment until the next step, and leaves no trace. */
    synchronized void brief(String text) {
        settle();
        step = text;
        brief = true;
        draw();
    }

    /** More about the step, replaced by the next. */
    synchronized void detail(String text) {
        detail = Cells.tame(text);
        draw();
    }

    /** Said once, however often it is found on the way. */
    synchronized void warning(Problem problem) {
        if (!warned.add(problem)) return;
        live.clear();
        report.warning(problem);
        draw();
    }

    /** Follows events to the end; returns what {@code done} said. */
    JsonTree follow(Api api, String path, Object body) {
        try (EventStream events = api.follow(path, body)) {
            for (Optional<EventStream.Event> event = events.next(); event.isPresent(); event = events.next()) {
                JsonTree data = event.get().data();
                if (event.get().name().equals("done")) return finished(data);
                take(event.get().name(), data);
            }
        } catch (IOException e) {
            close();
            throw api.gone(e);
        }
        close();
        throw new Failure(Exit.UNREACHABLE, "the server ended its answer before the end", "concierge ps shows how far it is");
    }

    private synchronized void take(String name, JsonTree data) {
        switch (name) {
            case "step" -> step(data.path("text").asString(""));
            case "progress" -> progress(data.path("image").asString(""), data.path("line").asString(""));
            case "warning" -> warning(Problems.one(data, "message"));
            case "accepted" -> stack = data.path("stack").asString("");
            case "remarks" -> remarks(data.path("remarks").values().stream().map(remark -> Cells.tame(remark.asString(""))).toList());
            case "instance" -> instance(new InstanceRow(data));
            case "failed" -> {
                broke();
                boolean failedBuild = data.path("code").asString("").equals("build-failed");
                throw new Failure(failedBuild ? Exit.DEPLOYMENT_FAILED : Exit.REFUSED, Problems.of(data));
            }
            default -> {} // what a newer server tells beyond this
        }
    }

    private void progress(String image, String line) {
        if (line.isBlank()) return;
        if (live.inPlace()) detail(line.strip());
        else live.settle(Cells.fit("  " + image + " │ " + Cells.tame(line.stripTrailing()), PIPED_WIDTH));
    }

    /** Shown while they hold; in a pipe each once. */
    private void remarks(List<String> now) {
        if (!live.inPlace()) now.stream().filter(remark -> !remarks.contains(remark)).forEach(remark -> live.settle("! " + remark));
        remarks = now;
        draw();
    }

    private void instance(InstanceRow row) {
        instances.put(row.path(), row);
        if (!live.inPlace() && isNews(row)) live.settle(Cells.fit("  " + row.name() + "  " + row.shownState() + (row.note().isEmpty() ? "" : "  " + Cells.tame(row.note())), PIPED_WIDTH));
        draw();
    }

    /** In a pipe lines stay: neither states on the way, nor the same again with other numbers in it. */
    private boolean isNews(InstanceRow row) {
        boolean passing = switch (row.state()) {
            case "assigned", "preparing", "starting", "running", "stopping" -> row.note().isEmpty();
            case "pending" -> row.note().equals(UNPLANNED);
            default -> false;
        };
        String said = row.shownState() + " " + row.note().replaceAll("[0-9]+(\\.[0-9]+)?", "0");
        return !passing && !said.equals(shownStates.put(row.path(), said));
    }

    private JsonTree finished(JsonTree done) {
        if (done.path("outcome").asString("").equals("failed")) broke();
        else end();
        return done;
    }

    /** Everything was done; nothing is drawn any more. */
    void end() {
        end(Ink.green, "✓");
    }

    /** The step did not do what it should. */
    private void broke() {
        end(Ink.red, "✗");
    }

    private void end(Ink ink, String sign) {
        synchronized (this) {
            settle(ink, sign);
        }
        close();
    }

    private void settle() {
        settle(Ink.green, "✓");
    }

    private void settle(Ink ink, String sign) {
        if (!step.isEmpty() && !brief && live.inPlace()) {
            long millis = (System.nanoTime() - stepBegan) / 1_000_000;
            String took = millis < 300 ? "" : terminal.paintError(Ink.faint, "  " + Times.took(Duration.ofMillis(millis)));
            live.settle(terminal.paintError(ink, sign) + " " + Cells.tame(step) + took);
        }
        step = "";
        detail = "";
    }

    private synchronized void turn() {
        frame++;
        draw();
    }

    private void draw() {
        if (!live.inPlace()) return;
        List<String> lines = new ArrayList<>();
        String spinner = terminal.paintError(Ink.cyan, Live.spinner(frame));
        if (!step.isEmpty()) lines.add(spinner + " " + Cells.tame(step) + (detail.isEmpty() ? "" : terminal.paintError(Ink.faint, "  " + detail)));
        Map<String, List<InstanceRow>> services = new TreeMap<>();
        instances.values().forEach(row -> services.computeIfAbsent(row.service(), _ -> new ArrayList<>()).add(row));
        int width = services.keySet().stream().mapToInt(Cells::width).max().orElse(0);
        services.forEach((name, rows) -> {
            if (lines.size() <= SERVICES_SHOWN) lines.add(service(Cells.padded(name, width), rows, spinner));
        });
        if (services.size() > SERVICES_SHOWN) lines.add("  … " + (services.size() - SERVICES_SHOWN) + " more");
        for (String remark : remarks) {
            for (String line : Cells.wrapped("! " + remark, Math.max(20, terminal.errorWidth()))) lines.add(terminal.paintError(Ink.yellow, line));
        }
        live.draw(lines);
    }

    private String service(String name, List<InstanceRow> rows, String spinner) {
        long ready = rows.stream().filter(row -> row.state().equals("ready") || row.state().equals("completed")).count();
        boolean bad = rows.stream().anyMatch(row -> row.crashing() || row.state().equals("failed"));
        String sign = bad ? terminal.paintError(Ink.red, "✗") : ready == rows.size() ? terminal.paintError(Ink.green, "✓") : spinner;
        StringBuilder line = new StringBuilder(sign + " " + terminal.paintError(Ink.bold, name) + "  " + ready + "/" + rows.size() + " ready");
        rows.stream().filter(row -> !row.state().equals("ready")).findFirst().ifPresent(row -> line.append("  ")
                .append(terminal.paintError(row.ink(), row.crashing() ? "crashing" : row.state()))
                .append(terminal.paintError(Ink.faint, row.note().isEmpty() ? "" : "  " + Cells.tame(row.note()))));
        return line.toString();
    }

    /** Instances that are not well, with why and what they said last. */
    synchronized void explain() {
        for (InstanceRow row : instances.values()) {
            if (row.state().equals("ready") || row.state().equals("completed") || row.state().equals("stopped")) continue;
            terminal.note("  " + terminal.paintError(Ink.bold, row.name()) + " " + terminal.paintError(row.ink(), row.shownState()) + "  " + Cells.tame(row.note()), 4);
            List<String> log = row.lastLog();
            for (String line : log.subList(Math.max(0, log.size() - LOG_LINES), log.size())) {
                terminal.note(Cells.fit(terminal.paintError(Ink.faint, "    │ ") + Cells.tame(line), terminal.errorWidth()));
            }
        }
    }

    private void interrupt() {
        live.close();
        String text = stack.isEmpty() ? "interrupted before anything was changed" : "the deployment goes on; concierge ps -w " + stack + " shows it";
        terminal.note("\n" + text);
    }

    @Override
    public void close() {
        timer.shutdownNow();
        synchronized (this) {
            step = "";
            live.close();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(interrupted);
        } catch (IllegalStateException e) {
            // The program is ending; the hook is running.
        }
    }
}
