package concierge.server.refusal;

import concierge.model.Names;
import concierge.model.Problem;
import java.util.List;
import java.util.Optional;

/** Ends a request with a problem that the client is told. */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Answer answer;

    /** The body of {@code application/problem+json} (RFC 9457). */
    public record Answer(
            String type, String title, int status, String code, Optional<String> detail, Optional<String> hint, List<Problem> problems) {
        public Answer {
            problems = List.copyOf(problems);
        }
    }

    private Refusal(Code code, String title, String detail, String hint, List<Problem> problems) {
        super(title, null, false, false);
        answer = new Answer("about:blank", title, code.status(), code.text(), text(detail), text(hint), problems);
    }

    private static Optional<String> text(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    public static Refusal of(Code code, String title, String hint) {
        return new Refusal(code, title, "", hint, List.of());
    }

    public static Refusal detailed(Code code, String title, String detail, String hint) {
        return new Refusal(code, title, detail, hint, List.of());
    }

    public static Refusal problems(Code code, String title, List<Problem> problems) {
        return new Refusal(code, title, "", "", problems);
    }

    /** Something of that name is not there; the hint names the nearest that is. */
    public static Refusal notFound(String what, String name, List<String> known) {
        return notFound(what, "", name, known);
    }

    /**
     * The same of what stands in something else: only the names in there are compared, since a long scope would make
     * any two of them alike.
     *
     * @param scope what comes before the name when it is told: {@code shop/}
     */
    public static Refusal notFound(String what, String scope, String name, List<String> known) {
        String hint = Names.nearest(name, known)
                .map(nearest -> "did you mean " + scope + nearest + "?")
                .orElse(known.isEmpty() ? "there is none yet" : "known: " + shortList(known));
        return of(Code.notFound, "no " + what + " " + scope + name, hint);
    }

    /** Enough names to find one's own, few enough to read. */
    private static final int SHOWN = 8;

    private static String shortList(List<String> names) {
        String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
        return names.size() > SHOWN ? shown + ", … (" + names.size() + ")" : shown;
    }

    public Answer answer() {
        return answer;
    }
}
