package concierge.source.stackfile;

import concierge.model.Dockerfile;
import concierge.model.ImageName;
import concierge.model.Location;
import java.util.List;

/** What can be told of a Dockerfile before it is built; its steps are the engine's business. */
final class DockerfileChecks {
    private static final List<String> BEFORE_FROM = List.of("ARG", "FROM");

    private final String path;
    private final Node.Scalar scalar;
    private final Dockerfile dockerfile;
    private final Findings findings;

    DockerfileChecks(String path, Node.Scalar scalar, Dockerfile dockerfile, Findings findings) {
        this.path = path;
        this.scalar = scalar;
        this.dockerfile = dockerfile;
        this.findings = findings;
    }

    void run() {
        List<Dockerfile.From> froms = dockerfile.froms();
        if (froms.isEmpty()) {
            findings.problem("bad-dockerfile", scalar.at(), path + ": no FROM (expected: FROM and an image, first)", "");
        } else {
            checkOrder();
        }
        for (Dockerfile.Instruction instruction : dockerfile.instructions()) check(instruction);
        for (Dockerfile.From from : froms) check(from);
    }

    /** Where each parent is named. */
    Places parents(Location whole) {
        Places.Notes places = new Places.Notes(whole);
        for (Dockerfile.From from : dockerfile.froms()) {
            ImageName.parse(from.image()).ifPresent(parent -> places.note(parent.toString(), place(from.instruction())));
        }
        return places.places();
    }

    private void checkOrder() {
        Dockerfile.Instruction first = dockerfile.instructions().stream()
                .filter(instruction -> !instruction.keyword().equals("ARG")).findFirst().orElseThrow();
        if (!BEFORE_FROM.contains(first.keyword()) && Dockerfile.KNOWN.contains(first.keyword())) {
            findings.problem("bad-dockerfile", place(first), path + ": " + first.keyword() + " before FROM (expected: only ARG)", "");
        }
    }

    private void check(Dockerfile.Instruction instruction) {
        if (!Dockerfile.KNOWN.contains(instruction.keyword())) {
            findings.unknown("bad-dockerfile", place(instruction), path, "instruction", instruction.keyword(), Dockerfile.KNOWN);
        }
        boolean copiesFromBuilt = instruction.arguments().contains("--from=" + ImageName.SCHEME);
        if (copiesFromBuilt && !instruction.keyword().equals("RUN")) {
            findings.problem("bad-dockerfile", place(instruction), path + ": --from=viking:… (expected: the name of a stage)",
                    "write FROM viking:<stack>/<image> AS name above, and --from=name");
        }
    }

    private void check(Dockerfile.From from) {
        if (!from.wellFormed()) {
            findings.problem("bad-dockerfile", place(from.instruction()),
                    path + ": FROM " + Findings.shown(from.written()) + " (expected: FROM image, or FROM image AS name)", "");
        } else if (ImageName.isMeant(from.image()) && ImageName.parse(from.image()).isEmpty()) {
            findings.problem("bad-value", place(from.instruction()),
                    path + ": " + Findings.shown(from.image()) + " (expected: viking:<stack>/<image>)", "");
        }
    }

    /** The instruction's own line where the text is a {@code |} block; else where the text begins. */
    private Location place(Dockerfile.Instruction instruction) {
        return scalar.literal() ? findings.atLine(scalar.at().line() + instruction.line()) : scalar.at();
    }
}
