package concierge.source.stackfile;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.ExecutorKind;
import concierge.model.Parsed;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExamplesTest {
    @Test
    void helloRunsOnDockerAndAsAProcess() throws Exception {
        StackFile hello = read("examples/hello/viking.yml");

        assertThat(hello.services().getFirst().draft().executors()).containsExactly(ExecutorKind.docker, ExecutorKind.process);
        assertThat(hello.services().getFirst().draft().domains()).containsExactly("hello.localhost");
    }

    @Test
    void everyExampleReadsWithoutWarningsAndBringsItsSites() throws Exception {
        for (String name : List.of("hello", "ragnar")) {
            Path folder = Path.of("examples", name);
            StackFile file = read(folder + "/viking.yml");
            for (String site : file.sites()) assertThat(folder.resolve(site).resolve("index.html")).exists();
        }
    }

    private static StackFile read(String path) throws Exception {
        Parsed<StackFile> parsed = StackFile.parse(path, Files.readAllBytes(Path.of(path)));
        assertThat(parsed).isEqualTo(new Parsed.Good<>(((Parsed.Good<StackFile>) parsed).value(), List.of()));
        return ((Parsed.Good<StackFile>) parsed).value();
    }
}
