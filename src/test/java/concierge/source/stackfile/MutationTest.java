package concierge.source.stackfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import concierge.model.Digest;
import concierge.model.ImageName;
import concierge.model.Location;
import concierge.model.Parsed;
import concierge.model.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Damaged files, from a seed: {@code -Dmutations=N} for more, {@code -Dmutation=SEED} for one. */
class MutationTest {
    private static final int MUTATIONS = Integer.getInteger("mutations", 2000);
    private static final Duration LONGEST = Duration.ofSeconds(1);
    private static final List<String> TOKENS = List.of(
            "null", "5", "-1", "true", "yes", "[]", "{}", "&a", "*a", "<<: *web", "!!str", "!x", "|", ">", "\t", "\"", "'", ": ", "- ", "#",
            "---", "\uFEFF", "\u0007", "\uD83D", "viking:", "viking:a/b", "FROM", "99999999999999999999", "1e400", "0x7fffffffff", "_a:B", "${X", "~", "{a: [", "\r", "%");

    @Test
    void noDamageEverThrowsHangsOrPointsOutsideTheFile() throws Exception {
        List<String> bases = List.of(StackFileTest.resource("ragnar.yml"), StackFileTest.resource("everything.yml"));
        int only = Integer.getInteger("mutation", -1);
        for (int seed = Math.max(0, only); seed < (only < 0 ? MUTATIONS : only + 1); seed++) {
            Random random = new Random(seed);
            String text = bases.get(seed % bases.size());
            for (int i = random.nextInt(1, 4); i > 0; i--) text = mutated(text, random);
            check(seed, text);
        }
    }

    private static void check(int seed, String text) {
        long start = System.nanoTime();
        try {
            switch (StackFile.parse("viking.yml", text)) {
                case Parsed.Good<StackFile>(StackFile file, List<Problem> warnings) -> {
                    checkPlaces(seed, warnings, text);
                    file.resolve(new Anything());
                }
                case Parsed.Bad<StackFile>(List<Problem> problems) -> checkPlaces(seed, problems, text);
            }
        } catch (RuntimeException | StackOverflowError e) {
            fail("mutation " + seed + ":\n" + text, e);
        }
        assertThat(Duration.ofNanos(System.nanoTime() - start)).as("mutation %d", seed).isLessThan(LONGEST);
    }

    private static void checkPlaces(int seed, List<Problem> problems, String text) {
        String[] lines = text.split("\r\n|\r|\n", -1);
        for (Problem problem : problems) {
            assertThat(problem.message()).as("mutation %d", seed).doesNotContain("\n").doesNotContain(": null (");
            Location at = problem.location().orElse(new Location("", 1, 1));
            assertThat(at.line()).as("mutation %d: %s", seed, problem).isBetween(1, lines.length);
            assertThat(at.column()).as("mutation %d: %s", seed, problem).isBetween(1, lines[at.line() - 1].length() + 1);
        }
    }

    private static String mutated(String text, Random random) {
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        int at = random.nextInt(lines.size());
        String line = lines.get(at);
        int column = random.nextInt(line.length() + 1);
        switch (random.nextInt(10)) {
            case 0 -> lines.remove(at);
            case 1 -> lines.add(at, line);
            case 2 -> Collections.swap(lines, at, random.nextInt(lines.size()));
            case 3 -> lines.set(at, " ".repeat(random.nextInt(1, 5)) + line);
            case 4 -> lines.set(at, line.stripLeading());
            case 5 -> lines.set(at, line.substring(0, column) + token(random) + line.substring(column));
            case 6 -> lines.set(at, line.substring(0, column) + (char) random.nextInt(0x20, 0x250) + line.substring(Math.min(line.length(), column + 1)));
            case 7 -> lines.set(at, line.contains(": ") ? line.substring(0, line.indexOf(": ") + 2) + token(random) : token(random));
            case 8 -> lines.set(at, line.substring(column) + line.substring(0, column));
            default -> lines.set(at, line.substring(0, column));
        }
        return String.join("\n", lines);
    }

    private static String token(Random random) {
        return TOKENS.get(random.nextInt(TOKENS.size()));
    }

    private static final class Anything implements Lookup {
        @Override
        public Optional<String> image(ImageName name) {
            return Optional.of("x");
        }

        @Override
        public Optional<String> environment(String stack, String key) {
            return Optional.empty();
        }

        @Override
        public Kept secret(String name) {
            return new Kept.Here(Digest.of(name));
        }

        @Override
        public Optional<Digest> site(String documentRoot) {
            return Optional.of(Digest.of(documentRoot));
        }
    }
}
