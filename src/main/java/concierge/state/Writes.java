package concierge.state;

import concierge.model.Assignment;
import concierge.model.Deployment;
import concierge.model.Endpoint;
import concierge.model.InstanceId;
import concierge.model.Intent;
import concierge.model.Move;
import concierge.model.ServiceId;
import concierge.model.ServiceSpec;
import concierge.model.StackRecord;
import concierge.model.Status;
import concierge.store.Entry;
import concierge.store.Transaction;
import concierge.store.Transaction.Field;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The protocol's writes: each adds its compares, puts and deletes to a transaction. Pure. {@link Chunks}
 * packs many of them into transactions within the store's limits.
 */
public final class Writes {
    private Writes() {}

    /** Only while the leader's key is the one created at this revision. */
    public static void fence(Transaction.Builder to, long leaderCreated) {
        to.compare(Keys.LEADER, Field.created, leaderCreated);
    }

    /** Gives an instance to a host, unless it has one; 4 operations, 5 with a pin. */
    public static void place(Transaction.Builder to, Assignment assignment, boolean pin) {
        InstanceId instance = assignment.instance();
        String host = assignment.host();
        to.absent(Keys.run(instance)).absent(Keys.assign(host, instance));
        to.put(Keys.run(instance), host);
        to.put(Keys.deploy(host, instance), "");
        to.put(Keys.assign(host, instance), Codec.value(assignment));
        if (pin) to.put(Keys.fixed(instance), host);
        to.delete(Keys.pending(instance));
    }

    /** Tells the agent to stop this generation. */
    public static void stop(Transaction.Builder to, Assignment assignment, long generation) {
        String key = Keys.assign(assignment.host(), assignment.instance());
        to.compare(key, Field.created, generation).put(key, Codec.value(assignment.stopping()));
    }

    /**
     * A transaction whose stops and ends keep the fields that a newer program gave to assignments and moves. What is read
     * is current: only the leader writes assignments, and its fence is compared; of a move its revision is.
     *
     * @param find as {@link concierge.store.Store#find}
     */
    public static Transaction keeping(Transaction transaction, Function<String, Optional<Entry>> find) {
        Set<String> compared = new HashSet<>();
        for (Transaction.Compare compare : transaction.compares()) if (compare.revision() != 0) compared.add(compare.key());
        List<Transaction.Put> puts = new ArrayList<>();
        for (Transaction.Put put : transaction.puts()) {
            boolean move = put.key().startsWith(Keys.MOVES);
            boolean kept = (move || put.key().startsWith(Keys.ASSIGN)) && compared.contains(put.key());
            Optional<Entry> before = kept ? find.apply(put.key()) : Optional.empty();
            Record known = move ? Codec.move(put.value()) : kept ? Codec.assignment(put.value()) : null;
            puts.add(before.isEmpty() || known == null ? put : new Transaction.Put(put.key(), Codec.rewrite(before.get().value(), known), put.lease()));
        }
        return new Transaction(transaction.id(), transaction.compares(), puts, transaction.deletes());
    }

    /**
     * Removes all that the state says of a generation, its endpoints included: a host that is gone cannot
     * withdraw its own.
     */
    public static void release(
            Transaction.Builder to, InstanceId instance, String host, long generation, Collection<Endpoint> endpoints) {
        to.compare(Keys.assign(host, instance), Field.created, generation);
        to.delete(Keys.run(instance));
        to.delete(Keys.deploy(host, instance));
        to.delete(Keys.assign(host, instance));
        to.delete(Keys.status(host, instance));
        to.delete(Keys.counter(host, instance));
        for (Endpoint endpoint : endpoints) to.delete(Keys.port(endpoint));
    }

    /** Only while a host is not there: one that is back answers for what it runs. */
    public static void whileAway(Transaction.Builder to, String host) {
        to.absent(Keys.host(host));
    }

    public static void unpin(Transaction.Builder to, InstanceId instance) {
        to.delete(Keys.fixed(instance));
    }

    /** Says why an instance is not placed; an empty text takes the note away. */
    public static void note(Transaction.Builder to, InstanceId instance, String text) {
        if (text.isEmpty()) to.delete(Keys.pending(instance));
        else to.put(Keys.pending(instance), text);
    }

    /** Removes an intent, if nobody changed it since it was read at {@code modified}. */
    public static void withdraw(Transaction.Builder to, ServiceId service, long modified) {
        to.compare(Keys.proc(service), Field.modified, modified).delete(Keys.proc(service));
    }

    /** Ends a deployment, if nobody changed it since {@code current} was read. */
    public static void conclude(Transaction.Builder to, Deployment ended, Entry current) {
        to.compare(current.key(), Field.modified, current.modified()).put(current.key(), Codec.rewrite(current.value(), ended));
    }

    /** That an instance is to move; only as long as it is the one that is meant, and nothing of that kind is under way. */
    public static void move(Transaction.Builder to, Move move) {
        current(to, move.from(), move.instance(), move.generation());
        to.absent(Keys.move(move.instance())).put(Keys.move(move.instance()), Codec.value(move));
    }

    /** Ends a move, if nobody changed it since it was read at {@code modified}. */
    public static void endMove(Transaction.Builder to, Move ended, long modified) {
        String key = Keys.move(ended.instance());
        to.compare(key, Field.modified, modified).put(key, Codec.value(ended));
    }

    /** Stores a specification under its digest; doing it again changes nothing. */
    public static void spec(Transaction.Builder to, ServiceSpec spec) {
        to.put(Keys.spec(Codec.digest(spec)), Codec.value(spec));
    }

    public static void intent(Transaction.Builder to, ServiceId service, Intent intent) {
        to.put(Keys.proc(service), Codec.value(intent));
    }

    /** Changes an intent, if nobody changed it since {@code current} was read. */
    public static void intent(Transaction.Builder to, Entry current, Intent intent) {
        to.compare(current.key(), Field.modified, current.modified()).put(current.key(), Codec.rewrite(current.value(), intent));
    }

    public static void stack(Transaction.Builder to, StackRecord stack) {
        to.put(Keys.stack(stack.name()), Codec.value(stack));
    }

    /** Changes a stack's record, if nobody changed it since {@code current} was read. */
    public static void stack(Transaction.Builder to, Entry current, StackRecord stack) {
        to.compare(current.key(), Field.modified, current.modified()).put(current.key(), Codec.rewrite(current.value(), stack));
    }

    public static void deployment(Transaction.Builder to, Deployment deployment) {
        to.put(Keys.deployment(deployment.stack(), deployment.id()), Codec.value(deployment));
    }

    /** An agent's report, while the generation it is about is the current one. */
    public static void status(Transaction.Builder to, String host, InstanceId instance, Status status) {
        current(to, host, instance, status.generation());
        to.put(Keys.status(host, instance), Codec.value(status));
    }

    /** Enters the container's name into the deployment table. */
    public static void container(Transaction.Builder to, String host, InstanceId instance, String container) {
        to.put(Keys.deploy(host, instance), container);
    }

    /** Notes how many runs failed there. */
    public static void counter(Transaction.Builder to, String host, InstanceId instance, int failures) {
        to.put(Keys.counter(host, instance), Integer.toString(failures));
    }

    public static void publish(Transaction.Builder to, Endpoint endpoint) {
        to.put(Keys.port(endpoint), endpoint.target());
    }

    public static void withdraw(Transaction.Builder to, Endpoint endpoint) {
        to.delete(Keys.port(endpoint));
    }

    /** Only while this generation is the one assigned. */
    public static void current(Transaction.Builder to, String host, InstanceId instance, long generation) {
        to.compare(Keys.assign(host, instance), Field.created, generation);
    }
}
