package concierge.state;

import concierge.model.InstanceId;
import concierge.model.Move;
import concierge.model.MoveView;
import concierge.model.ServiceId;
import concierge.model.View;
import concierge.store.Entry;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the next view has to move. What has ended is told to whoever asks the store; the planner is done with it. */
final class MoveDrafts {
    private final Map<ServiceId, SortedMap<Integer, MoveView>> changes = new HashMap<>();

    void apply(View before, InstanceId id, @Nullable Entry entry) {
        @Nullable Move told = entry == null ? null : Codec.move(entry.value());
        if (told != null && !told.instance().equals(id)) {
            throw new IllegalArgumentException("move: instance " + told.instance() + " (expected: its key's, " + id + ")");
        }
        SortedMap<Integer, MoveView> moves = changes.computeIfAbsent(id.service(), service -> new TreeMap<>(before.moves(service)));
        if (told == null || entry == null || told.outcome() != Move.Outcome.active) moves.remove(id.n());
        else moves.put(id.n(), new MoveView(told, entry.modified()));
    }

    /** The changes since they were taken last; null: nothing of the service is to move any more. */
    Map<ServiceId, @Nullable SortedMap<Integer, MoveView>> taken() {
        Map<ServiceId, @Nullable SortedMap<Integer, MoveView>> taken = new HashMap<>();
        changes.forEach((service, moves) -> taken.put(service, moves.isEmpty() ? null : Collections.unmodifiableSortedMap(moves)));
        changes.clear();
        return taken;
    }
}
