package concierge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.client.Exit;
import concierge.cli.client.GoldenServer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QueueCommandTest {
    @TempDir
    Path home;

    private GoldenServer server;

    @BeforeEach
    void start() throws IOException {
        server = new GoldenServer(home);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private CliRun run(String... arguments) {
        return CliRun.of(home, Stream.concat(Stream.of("queue"), Stream.of(arguments)).toArray(String[]::new));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            ls extra               | queue ls: extra is unexpected (expected: nothing after it)
            identities foo         | queue identities: foo is unexpected (expected: nothing after it)
            admit --uuid x         | --uuid: not of queue admit (expected: only with queue add)
            rm --now t1            | --now: not of queue rm (expected: only with queue expel)
            ls --set queue.port=1  | --set: not of queue ls (expected: only with concierge queue by itself, which serves)
            admit a b/c            | identity: b/c (expected: 1 to 63 letters, digits, _ . or -)
            show a b               | queue show takes one task
            rm                     | queue rm takes a name or more
            """)
    void whatSaysNothingHereIsRefusedBeforeAnythingIsDone(String line, String said) {
        CliRun run = run(line.split(" +"));
        assertThat(run.err()).contains(said);
        assertThat(run.exit()).isEqualTo(Exit.USAGE);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a": 1} {"b": 2}  | line 1, column 10: {"a": 1} {"b": 2} (expected: one JSON object, and the end after it; a task at a time)
            {"a": 1} x         | line 1, column 1
            {"a": 1, "a": 2}   | Duplicate
            [1]                | configuration: [1] (expected: a JSON object)
            {"task"            | {"task" (expected: a JSON object; Unexpected end-of-input
            """)
    void aConfigurationIsOneJsonObject(String configuration, String said) {
        CliRun run = run("add", "clock", configuration);
        assertThat(run.err()).contains(said);
        assertThat(run.exit()).isEqualTo(Exit.USAGE);
    }

    @Test
    void theLineOfASecondDocumentIsTold() {
        assertThat(run("add", "clock", "{\"a\": 1}\n  {\"b\": 2}").err()).contains("line 2, column 3");
    }

    @Test
    void ofManyNothingIsRemovedWhereOneIsNotThere() throws IOException {
        String[] names = IntStream.range(0, 41).mapToObj(i -> "t" + i).toArray(String[]::new);
        server.json("GET /v1/queue/tasks", "[{\"uuid\": \"t1\", \"type\": \"clock\"}]");
        CliRun run = run(Stream.concat(Stream.of("rm"), Stream.of(names)).toArray(String[]::new));
        assertThat(run.err()).contains("no task t0, t2, t3").contains("nothing was changed");
        assertThat(run.exit()).isEqualTo(Exit.REFUSED);
    }

    @Test
    void whoIsNotThereIsToldBeforeAnybodyIsShutOut() throws IOException {
        server.json("GET /v1/queue/identities", "[{\"identity\": \"one\", \"claims\": 2}]");
        assertThat(run("expel", "one", "tow").err()).contains("no identity tow").contains("nothing was changed");
        server.json("DELETE /v1/queue/identities/one", "{\"identity\": \"one\", \"claims\": 2, \"freed\": 0}");
        assertThat(run("expel", "one").err()).contains("shut out one; it is told to stop its tasks (2), and they go to others after queue.silence");
        assertThat(run("expel", "one", "--now").err()).contains("go to others now, and may run twice until it has heard of it");
    }

    @Test
    void identitiesSayWhatIsWrongWithThemAndWhatToDo() throws IOException {
        server.json("GET /v1/queue/identities", "[{\"identity\": \"out\", \"claims\": 2, \"expelled\": true, \"freeInSeconds\": 12, \"installations\": []}, "
                + "{\"identity\": \"two\", \"claims\": 1, \"expelled\": false, \"silentSeconds\": 3, \"installations\": [\"id-a\", \"id-b\"]}]");
        List<String> lines = run("identities").out().lines().toList();
        assertThat(lines.get(1)).matches("out +2 +shut out: its tasks go to others in 12s");
        assertThat(lines.get(2)).matches("two +1 +3s ago +2 installations have it, give each its own \\(queue admit\\): id-a, id-b");
    }
}
