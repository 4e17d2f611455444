package concierge.plan;

import java.util.stream.Collectors;

/** Plans as text, a line an action. */
final class Rendered {
    private Rendered() {}

    static String plan(Plan plan) {
        return plan.actions().stream().map(Rendered::action).collect(Collectors.joining("\n"));
    }

    static String action(Action action) {
        String what = switch (action) {
            case Action.Place place -> "place " + place.assignment().instance() + " on " + place.assignment().host() + " by "
                    + place.assignment().executor() + (place.pin() ? " pinned" : "");
            case Action.Stop stop -> "stop " + stop.assignment().instance() + " on " + stop.assignment().host();
            case Action.Release release -> "release " + release.instance() + " on " + release.host();
            case Action.Unpin unpin -> "unpin " + unpin.instance();
            case Action.Note note -> "note " + note.instance() + (note.text().isEmpty() ? " nothing" : "");
            case Action.EndMove end -> end.move().outcome() + " " + end.move().instance() + " to " + end.move().to();
            case Action.Withdraw withdraw -> "withdraw " + withdraw.service();
            case Action.Conclude conclude -> "conclude " + conclude.deployment().id() + " " + conclude.deployment().outcome();
        };
        return what + ": " + action.reason().text();
    }
}
