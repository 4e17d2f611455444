package concierge.cli.client;

import concierge.model.Problem;
import java.util.List;

/** A command ends here: what to tell the person, and the exit code. */
public final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exit;
    private final transient List<Problem> problems;

    public Failure(int exit, List<Problem> problems) {
        super(problems.isEmpty() ? "failed" : problems.getFirst().toString());
        this.exit = exit;
        this.problems = List.copyOf(problems);
    }

    public Failure(int exit, String message, String hint) {
        this(exit, List.of(Problem.of("failed", message, hint)));
    }

    public int exit() {
        return exit;
    }

    public List<Problem> problems() {
        return problems;
    }
}
