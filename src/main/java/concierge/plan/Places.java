package concierge.plan;

import concierge.model.InstanceView;
import concierge.model.Instances;
import java.util.ArrayList;
import java.util.List;

/** Some of a service's instances, by their places; ascending. */
final class Places {
    interface Test {
        boolean holds(Instances all, int at);
    }

    private final Instances all;
    private final int[] places;
    private int size;

    Places(Instances all) {
        this.all = all;
        this.places = new int[all.size()];
    }

    void add(int at) {
        places[size++] = at;
    }

    int size() {
        return size;
    }

    void removeIf(Test test) {
        int kept = 0;
        for (int i = 0; i < size; i++) if (!test.holds(all, places[i])) places[kept++] = places[i];
        size = kept;
    }

    List<InstanceView> views() {
        List<InstanceView> views = new ArrayList<>(size);
        for (int i = 0; i < size; i++) views.add(all.at(places[i]));
        return views;
    }
}
