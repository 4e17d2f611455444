package concierge.server.content;

import concierge.executor.Executor;
import concierge.executor.ExecutorException;
import concierge.executor.ImageEngine;
import concierge.executor.ImageSource;
import concierge.model.ExecutorKind;
import concierge.model.HostRecord;
import concierge.model.HostView;
import concierge.model.View;
import concierge.peer.Peers;
import concierge.state.LiveView;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which engine builds: this machine's, where it has one that answers; else the one that did before, else the first of
 * the others by the name of its host. Thread-safe.
 */
final class Builders {
    private final String host;
    private final List<Executor> executors;
    private final Optional<ImageSource> source;
    private final Optional<Peers> peers;
    private final LiveView live;

    /**
     * @param host this machine's name
     * @param executors this machine's
     * @param fetching the same, able to bring images where there are other hosts
     */
    Builders(String host, List<Executor> executors, List<Executor> fetching, Optional<Peers> peers, LiveView live) {
        this.host = host;
        this.executors = List.copyOf(executors);
        this.source = fetching.stream().filter(ImageSource.class::isInstance).map(ImageSource.class::cast).findFirst();
        this.peers = peers;
        this.live = live;
    }

    /** @param source brings what the engine lacks; empty: there are no others to bring it from */
    record Builder(String host, ImageEngine engine, Optional<ImageSource> source) {}

    /** One or the other. */
    sealed interface Choice {
        record Found(Builder builder) implements Choice {}

        /** @param reason what each host said */
        record None(String reason) implements Choice {}
    }

    /** @param before who built the same last */
    Choice choose(Optional<String> before) {
        List<String> refusals = new ArrayList<>();
        Optional<Executor> own = executors.stream().filter(ImageEngine.class::isInstance).findFirst();
        if (own.isPresent()) {
            Executor.Availability now = own.get().availability();
            if (now.available()) return new Choice.Found(here(own.get()));
            refusals.add(now.text());
        } else {
            refusals.add("no executor here builds images");
        }
        for (String other : others(before)) {
            try {
                Executor executor = peers.orElseThrow().executor(other, ExecutorKind.docker);
                Executor.Availability now = executor.availability();
                if (now.available()) return new Choice.Found(elsewhere(other, executor));
                refusals.add("host " + other + ": " + now.text());
            } catch (ExecutorException e) {
                refusals.add(String.valueOf(e.getMessage()));
            }
        }
        return new Choice.None(String.join("; ", refusals));
    }

    /** That one again, as long as it is reached. */
    Builder at(String name) {
        if (!name.equals(host)) return elsewhere(name, peers.orElseThrow().executor(name, ExecutorKind.docker));
        return executors.stream().filter(ImageEngine.class::isInstance).findFirst().map(this::here).orElseThrow();
    }

    boolean isHere(Builder builder) {
        return builder.host().equals(host);
    }

    private Builder here(Executor executor) {
        return new Builder(host, (ImageEngine) executor, source);
    }

    private static Builder elsewhere(String name, Executor executor) {
        return new Builder(name, (ImageEngine) executor, Optional.of((ImageSource) executor));
    }

    private Set<String> others(Optional<String> before) {
        if (peers.isEmpty()) return Set.of();
        View view = live.view();
        Set<String> able = new LinkedHashSet<>();
        before.filter(name -> builds(view, name)).ifPresent(able::add);
        for (String name : view.hosts().sortedKeys()) if (builds(view, name)) able.add(name);
        return able;
    }

    private boolean builds(View view, String name) {
        return !name.equals(host)
                && view.host(name).filter(HostView::isPresent).flatMap(HostView::record).map(HostRecord::executors).filter(kinds -> kinds.contains(ExecutorKind.docker)).isPresent();
    }
}
