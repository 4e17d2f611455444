package concierge.server;

import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.server.content.ImageBuilds;
import concierge.state.BuiltOn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** Builds nothing and says that it did. */
final class FakeImages implements ImageBuilds {
    final List<String> built = new CopyOnWriteArrayList<>();
    final List<String> pushed = new CopyOnWriteArrayList<>();
    volatile Optional<String> unavailable = Optional.empty();
    volatile RuntimeException failure = null;
    /** Builds wait for it. */
    volatile CountDownLatch gate = new CountDownLatch(0);

    @Override
    public boolean pushes() {
        return false;
    }

    @Override
    public Optional<String> unavailable() {
        return unavailable;
    }

    @Override
    public List<Planned> plan(Order order) {
        List<Planned> planned = new ArrayList<>();
        for (ImageBuild build : order.builds()) planned.add(new Planned(build.name(), reference(build.name()), built.contains(build.name().toString()), "not built yet"));
        return planned;
    }

    private static String reference(ImageName name) {
        return "concierge/" + name.stack() + "/" + name.image() + ":1";
    }

    @Override
    public Built build(Order order, Progress progress) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError("a build must not be interrupted by its client", e);
        }
        if (failure != null) throw failure;
        Map<ImageName, String> references = new HashMap<>();
        for (ImageBuild build : order.builds()) {
            progress.line(build.name().image(), "Step 1/1 : FROM scratch");
            built.add(build.name().toString());
            references.put(build.name(), reference(build.name()));
        }
        Map<String, BuiltOn> where = new HashMap<>();
        for (String reference : references.values()) where.put(reference, new BuiltOn("n1", "sha256:" + reference.length()));
        return new Built(references, where);
    }

    @Override
    public void push(String reference, BuiltOn where, String target, Progress progress) {
        pushed.add(reference + " " + target);
    }
}
