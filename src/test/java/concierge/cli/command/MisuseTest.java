package concierge.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.cli.CliRun;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MisuseTest {
    @TempDir
    Path home;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            scale shop/web x            | N: x (expected: a whole number)
            scale shop/web 99999999999  | N: 99999999999 (expected: a whole number)
            logs --tail x shop          | --tail: x (expected: a whole number)
            logs --tail=-5 shop         | --tail: -5 (expected: 0 or more)
            env ls                      | no STACK (expected: concierge env
            env                         | no set|get|ls|rm|inject and STACK (expected: concierge env
            router --set                | --set: no value (expected: --set KEY=VALUE)
            down --tag a --tag b        | --tag: given twice (expected: once)
            run -e X shop/web           | --env: X (expected: KEY=VALUE)
            env sett                    | did you mean set?
            env sett                    | env sett: no such action
            secret lss shop             | did you mean ls?
            secret stt                  | did you mean set?
            env lst shop                | env lst: no such action (expected: set, get, ls, rm or inject)
            server strt                 | did you mean start?
            config shw                  | did you mean show?
            completion fihs             | did you mean fish?
            ps a b                      | unexpected: b
            env ls shop TOKEN           | env ls shop: TOKEN is unexpected (expected: nothing after it)
            secret ls shop db           | secret ls shop: db is unexpected
            token ls ci                 | token ls: ci is unexpected
            context ls prod             | context ls: prod is unexpected
            up --folow                  | no such option: --folow
            """)
    void mistakesAreToldInTheWordsOfTheHelp(String line, String told) {
        CliRun run = CliRun.of(home, line.split(" "));
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).startsWith("error: ").contains(told).doesNotContain("positional").doesNotContain("java");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            down --volumes shop/web     | shop/web: one service (expected: a whole STACK)
            down shop/web/1             | shop/web/1: one instance (expected: a whole STACK)
            env set shop/web A=b        | shop/web: one service (expected: a whole STACK)
            secret rm shop/web key      | shop/web: one service (expected: a whole STACK)
            events shop/web             | shop/web: one service (expected: a whole STACK)
            stop shop/web/1             | shop/web/1: one instance (expected: STACK/SERVICE)
            restart shop/v1/web/2       | shop/v1/web is the service with all its instances
            rm shop/web/2               | shop/web/2: one instance (expected: STACK/SERVICE)
            scale shop/web/2 5          | shop/web/2: one instance (expected: STACK/SERVICE)
            """)
    void whatNamesLessIsNeverDoneToMore(String line, String told) {
        CliRun run = CliRun.of(home, line.split(" "));
        assertThat(run.exit()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(told);
    }

    @Test
    void everyMistakeNamesTheHelp() {
        assertThat(CliRun.of(home, "scale", "shop/web", "x").err()).contains("hint: concierge scale --help");
    }
}
