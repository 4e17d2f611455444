package concierge.cli.change;

import concierge.cli.client.Api;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.terminal.Cells;
import concierge.cli.terminal.Ink;
import concierge.cli.terminal.Live;
import concierge.cli.terminal.Terminal;
import concierge.json.JsonTree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Shows moves as they are made, until all have ended. */
final class Moves {
    /** Often enough to see an instance start; a start takes longer. */
    private static final long LOOK_MILLIS = 200;

    /** Of those that wait for their turn: more say nothing. */
    private static final int SHOWN = 12;

    private final Api api;
    private final Terminal terminal;
    private final Set<String> told = new HashSet<>();

    Moves(Api api, Terminal terminal) {
        this.api = api;
        this.terminal = terminal;
    }

    /** @return the exit code: well when all have moved */
    int follow(boolean json) {
        JsonTree moves;
        try (Live live = new Live(terminal)) {
            long frame = 0;
            for (moves = look(); draw(live, moves, frame++); moves = look()) pause();
        }
        if (json) terminal.line(moves.toPrettyString());
        int moved = 0;
        for (JsonTree move : moves.values()) if (outcome(move).equals("moved")) moved++;
        int stay = moves.size() - moved;
        if (moves.isEmpty()) terminal.note("nothing was asked to move");
        else if (stay == 0) terminal.note(terminal.paintError(Ink.green, "✓") + " " + moved + " moved");
        else terminal.note(terminal.paintError(Ink.yellow, "!") + " " + moved + " moved, " + stay + " not" + terminal.paintError(Ink.faint, "  concierge rebalance  looks again"));
        return stay == 0 ? Exit.OK : Exit.FAILED;
    }

    private JsonTree look() {
        return api.read("/v1/rebalance/moves");
    }

    private static String outcome(JsonTree move) {
        return move.path("outcome").asString("");
    }

    /** Whether any is to be made yet. */
    private boolean draw(Live live, JsonTree moves, long frame) {
        List<String> lines = new ArrayList<>();
        for (JsonTree move : moves.values()) {
            String instance = move.path("instance").asString("");
            if (outcome(move).equals("active")) lines.add(Live.spinner(frame) + " " + instance + "  " + path(move) + "  " + terminal.paintError(Ink.faint, Cells.tame(doing(move))));
            else if (told.add(instance)) live.settle(ended(move));
        }
        int left = lines.size();
        if (left > SHOWN) {
            lines = new ArrayList<>(lines.subList(0, SHOWN));
            lines.add("  and " + (left - SHOWN) + " more");
        }
        live.draw(lines);
        return left > 0;
    }

    private static String path(JsonTree move) {
        return move.path("from").asString("") + " → " + move.path("to").asString("");
    }

    private static String doing(JsonTree move) {
        String successor = move.path("successor").asString("");
        String state = move.path("state").asString("");
        String waits = move.path("waits").asString("");
        if (successor.isEmpty()) return waits.isEmpty() ? "waits for its turn" : waits;
        return state.equals("ready") ? successor + " takes over" : successor + " is " + state;
    }

    private String ended(JsonTree move) {
        String instance = move.path("instance").asString("");
        boolean moved = outcome(move).equals("moved");
        String text = moved ? instance + "  " + path(move) : instance + " stays: " + Cells.tame(move.path("reason").asString(""));
        return (moved ? terminal.paintError(Ink.green, "✓") : terminal.paintError(Ink.yellow, "!")) + " " + text
                + (moved ? terminal.paintError(Ink.faint, "  as " + move.path("successor").asString("")) : "");
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Exit.FAILED, "no longer watching; the moves go on", "concierge rebalance --follow");
        }
    }
}
