package concierge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a reader of the documents may rely on: links lead somewhere, decisions are counted and listed. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

    private static List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md"), Path.of("CHANGELOG.md")), files.filter(file -> file.toString().endsWith(".md")))
                    .sorted().toList();
        }
    }

    private static List<Path> decisions() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("docs/decisions"))) {
            return files.sorted().toList();
        }
    }

    @Test
    void everyLinkLeadsToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher links = LINK.matcher(Files.readString(document));
            while (links.find()) {
                Path target = document.resolveSibling(links.group(1)).normalize();
                if (!Files.exists(target)) broken.add(document + " → " + links.group(1));
            }
        }
        assertThat(broken).isEmpty();
    }

    /** A number is taken when the work begins, and records land in another order: there may be gaps for a while. */
    @Test
    void decisionsHaveANumberOfTheirOwnAndSayIt() throws IOException {
        int before = 0;
        for (Path decision : decisions()) {
            int number = Integer.parseInt(decision.getFileName().toString().substring(0, 4));
            assertThat(number).as(decision.toString()).isGreaterThan(before);
            assertThat(Files.readAllLines(decision).getFirst()).startsWith("# " + number + ". ");
            before = number;
        }
    }

    @Test
    void theArchitectureListsEveryDecision() throws IOException {
        String architecture = Files.readString(Path.of("docs/ARCHITECTURE.md"));
        for (Path decision : decisions()) assertThat(architecture).contains("(decisions/" + decision.getFileName() + ")");
    }

    @Test
    void theReadmeLeadsToEveryPage() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        for (Path document : documents()) {
            if (document.getParent() == null || document.startsWith("docs/decisions")) continue;
            assertThat(readme).as("%s", document).contains("(" + document + ")");
        }
    }
}
