package concierge.source.stackfile;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.model.Parsed;
import concierge.model.Problem;
import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorsTest {
    @Test
    void tellsEverythingAtOnce() throws IOException {
        assertThat(errors(StackFileTest.resource("wrong.yml"))).isEqualTo(StackFileTest.resource("wrong.expected"));
    }

    /** A line of a service, and what is said of it. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '@', textBlock = """
            scale: -1                   @ deploy.a.scale: -1 (expected: a whole number from 0 to 100000)
            scale: "2"                  @ deploy.a.scale: 2 (expected: a whole number from 0 to 100000); write it without quotes
            fixed: "true"               @ deploy.a.fixed: true (expected: true or false); write it without quotes
            ports: [80]                 @ unknown key ports (expected: image, run, command, cwd, scale, expose, volume, service, static, fixed, filter, link, …); here it is called expose
            environment: {A: b}         @ here it is called env
            depends_on: [b]             @ here it is called link
            dockerargs: -v /a:/b        @ --shm-size, --sysctl, …); the key volume does it
            scale: 99999999999          @ deploy.a.scale: 99999999999 (expected
            run: 5                      @ deploy.a.run: 5 (expected: a text); write it in quotes
            run:                        @ deploy.a.run: nothing (expected: a text)
            run: sh -c "oops            @ deploy.a.run: " at character 7 has no end (expected: balanced quotes); close it
            run: []                     @ deploy.a.run: an empty list (expected: a command)
            service: yes                @ deploy.a.service: yes (expected: true or false); YAML 1.2 reads it as a text
            expose: 70000               @ deploy.a.expose: 70000 (expected: 80, 80/tcp
            expose: [80, 80/tcp]        @ deploy.a.expose[1]: 80/tcp a second time
            volume: data                @ deploy.a.volume: data (expected: /path/inside or /on/host:/path/inside)
            volume: [/a, /b:/a]         @ deploy.a.volume[1]: /a a second time
            filter: ssd:soft            @ deploy.a.filter: ssd:soft (expected: a host tag
            filter: {flexible: true}    @ deploy.a.filter.tag: missing
            link: mongoo                @ deploy.a.link: unknown service mongoo (expected: a, mongo); did you mean mongo?
            link: a                     @ deploy: services link in a circle: a → a
            env: {A: }                  @ deploy.a.env.A: nothing (expected: a text); write "" for an empty text
            env: [A]                    @ deploy.a.env[0]: A (expected: KEY=VALUE)
            env: {A: [1]}               @ deploy.a.env.A: a list (expected: a text)
            env: {"A B": 1}             @ deploy.a.env: A B (expected: a variable's name
            dockerargs: --cap-ad=X      @ unknown option --cap-ad (expected: --cap-add
            dockerargs: --cap-add       @ deploy.a.dockerargs: --cap-add (expected: --cap-add=VALUE)
            domains: http://x           @ deploy.a.domains: http://x (expected: a host name
            health: ping                @ deploy.a.health: ping (expected: none, tcp, http or http:/path
            health: tcp                 @ deploy.a.health: tcp without a tcp port
            health: {tcp: , exec: x}    @ deploy.a.health: tcp and exec (expected: one of tcp, http, exec)
            health: {exec: x, interval: soon} @ deploy.a.health.interval: soon (expected: a duration from 0.1s to 1h
            resources: {memory: 256}    @ deploy.a.resources.memory: 256 (expected: at least 6MiB
            resources: {cpu: much}      @ deploy.a.resources.cpu: much (expected
            restart: sometimes          @ deploy.a.restart: unknown value sometimes (expected: always, on-failure, never)
            restart: on-failur          @ did you mean on-failure?
            update: {parallel: 0}       @ deploy.a.update.parallel: 0 (expected: a whole number from 1
            executor: dokcer            @ did you mean docker?
            cwd: srv                    @ deploy.a.cwd: srv (expected: an absolute path)
            lost: stay                  @ deploy.a.lost: unknown value stay (expected: stop, move)
            stop_grace: 2h              @ deploy.a.stop_grace: 2h (expected: a duration from 0 to 1h
            labels: {concierge.x: 1}    @ deploy.a.labels: concierge.x (expected
            document_root: ./x          @ deploy.a.document_root: without type: website
            comand: x                   @ unknown key comand
            secrets: db/password        @ deploy.a.secrets: db/password (expected: the name of a secret
            secrets: [k, k]             @ deploy.a.secrets[1]: k a second time (expected: each file once)
            secrets: {target: k}        @ deploy.a.secrets.source: missing (expected: the name of a secret)
            secrets: {source: k, target: /etc/k} @ deploy.a.secrets.target: /etc/k (expected: a file's name, alone or directly in /run/secrets)
            secrets: {source: k, mode: 0600}     @ deploy.a.secrets.mode: 0600 (expected: read permissions in octal, as 0400 or 0444)
            secrets: {source: k, user: me}       @ unknown key user (expected: source, target, mode)
            secrets: [5]                @ deploy.a.secrets[0]: 5 (expected: a text)
            """)
    void namesValueExpectationAndRemedy(String line, String expected) {
        assertThat(errors("viking:\n  name: s\ndeploy:\n  a:\n    image: busybox\n    " + line + "\n  mongo:\n    image: mongo\n")).contains(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '@', textBlock = """
            image: Bad Image            @ deploy.a.image: Bad Image (expected: an image reference
            image: viking:src           @ deploy.a.image: viking:src (expected: viking:<stack>/<image>)
            image: viking:s/scr         @ deploy.a.image: unknown image scr (expected: src); did you mean src?
            scale: 1                    @ deploy.a.image: missing (expected: an image)
            executor: process           @ deploy.a.run: missing (expected: the command of a process)
            type: website               @ deploy.a.document_root: missing
            type: website, document_root: ../secret @ deploy.a.document_root: ../secret (expected: a folder below
            type: website, document_root: w, image: x @ deploy.a.image: on a website
            """)
    void aServiceNeedsSomethingToRun(String fields, String expected) {
        assertThat(errors("viking: {name: s}\nbuild:\n  src: FROM busybox\ndeploy:\n  a: {" + fields + "}\n")).contains(expected);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '@', textBlock = """
            RUN x                       @ build.x: no FROM
            FROM                        @ FROM  (expected: FROM image
            FROM a b                    @ FROM a b (expected: FROM image
            FROM viking:oops            @ viking.yml:5:5: build.x: viking:oops (expected: viking:<stack>/<image>)
            FROM viking:s/y             @ build.x: unknown image y (expected: x)
            FROM viking:s/x             @ build: images inherit in a circle: x → x
            RUN a\\nFROM b               @ build.x: RUN before FROM (expected: only ARG)
            FROM a\\nRUNN b              @ viking.yml:6:5: build.x: unknown instruction RUNN
            FROM a\\nCOPY --from=viking:s/y a b @ expected: the name of a stage
            """)
    void dockerfilesAreRecognised(String dockerfile, String expected) {
        String text = dockerfile.replace("\\n", "\n").indent(4);
        assertThat(errors("viking:\n  name: s\nbuild:\n  x: |\n" + text)).contains(expected);
    }

    @Test
    void printsTheWholeCycle() {
        assertThat(errors("viking: {name: s}\nbuild:\n  a: FROM viking:s/b\n  b: FROM viking:s/c\n  c: FROM viking:s/a\n"))
                .contains("viking.yml:3:6: build: images inherit in a circle: a → b → c → a");
        assertThat(errors("viking: {name: s}\ndeploy:\n  a: {image: x, link: b, expose: 1}\n  b: {image: x, link: a, expose: 1}\n"))
                .contains("viking.yml:3:23: deploy: services link in a circle: a → b → a");
    }

    @Test
    void pointsAtTheValueItself() {
        assertThat(errors("""
                viking: {name: s, require: [infra, s]}
                build:
                  x: |
                    FROM busybox AS first
                    FROM viking:s/missing
                deploy:
                  a:
                    image: busybox
                    domains: [a.example, b.example]
                    link:
                      - site
                      - mong
                  b:
                    image: busybox
                    domains: b.example
                  site: {type: website, document_root: www, domains: site.example}
                """)).isEqualTo("""
                viking.yml:1:36: viking.require[1]: s (expected: the name of another stack)
                viking.yml:5:5: build.x: unknown image missing (expected: x)
                viking.yml:11:9: deploy.a.link: site, a website (expected: a service with ports)
                viking.yml:12:9: deploy.a.link: unknown service mong (expected: a, b, site)
                viking.yml:15:14: deploy.b.domains: b.example belongs to a (expected: each domain once)
                """);
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '@', textBlock = """
            ''                          @ viking.yml:1:1: the file is empty
            # only a comment            @ the file is empty
            null                        @ the file is empty
            [1]                         @ the file: a list (expected: a mapping with viking, build, deploy)
            a\\n---\\nb                  @ viking.yml:2:1: a second document begins here
            a: *x                       @ viking.yml:1:4: *x: no anchor of that name before it
            a: &x [*x]                  @ *x: contains itself
            a: !!python/x 1             @ unknown tag
            ? [a]\\n: b                  @ a list as a key (expected: a word)
            viking:\\n\\tname: x          @ indent with spaces, not with tabs
            viking: a: b                @ indent the line as its neighbours
            viking: {name: a}           @ deploy: missing
            viking: {name: ___}\\ndeploy: {} @ viking.name: ___ (expected: 1 to 63 letters
            viking: {name: Portier}\\ndeploy: {} @ viking.name: Portier (expected: another name: the tasks of a queue stand in the stack portier)
            viking: {name: 5}\\ndeploy: {}   @ viking.name: 5 (expected: a text); write it in quotes
            viking: {nmae: a}\\ndeploy: {}   @ unknown key nmae (expected: name, comment, require); did you mean name?
            """)
    void wholeFilesAreNotUnderstood(String text, String expected) {
        assertThat(errors(text.replace("\\n", "\n").replace("\\t", "\t"))).contains(expected);
    }

    @Test
    void bombsAreBounded() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 12; i++) bomb.append("a").append(i).append(": &a").append(i).append(" [").append(("*a" + (i - 1) + ", ").repeat(10)).append("]\n");
        assertThat(errors(bomb.toString())).contains("more than 100000 values");
        assertThat(errors("a: " + "[".repeat(5000) + "]".repeat(5000))).contains("nested deeper than 32 levels");
        assertThat(errors("a".repeat(StackFile.MAX_BYTES + 1))).contains("the file has 262145 characters (expected: at most 262144)");
        String many = "viking: {name: s}\ndeploy:\n";
        for (int i = 0; i < 121; i++) many += "  s" + i + ": {image: x}\n";
        assertThat(errors(many)).contains("deploy: 121 services (expected: at most 120)");
        String wrong = "viking: {name: s}\ndeploy:\n";
        for (int i = 0; i < 120; i++) wrong += "  s" + i + ": {imag: x, img: y}\n";
        assertThat(errors(wrong).lines()).hasSize(Findings.MAX_PROBLEMS + 1).last().asString().contains("more problems");
    }

    @Test
    void warnsWithoutRefusing() {
        Parsed<StackFile> parsed = StackFile.parse("viking.yml", """
                viking: {name: s}
                deploy:
                  a: {image: x, scale: 2, expose: "8080:80", link: b}
                  b: {image: x, domains: b.example}
                  c: {image: x, expose: "8080:81"}
                  d: {type: website, document_root: www}
                """);

        assertThat(((Parsed.Good<StackFile>) parsed).warnings()).extracting(Problem::code)
                .containsExactlyInAnyOrder("host-port-scaled", "link-without-ports", "no-port", "host-port-shared", "no-domains");
        assertThat(((Parsed.Good<StackFile>) parsed).warnings()).extracting(problem -> problem.location().orElseThrow().line() + ":" + problem.location().get().column() + " " + problem.code())
                .contains("3:35 host-port-scaled", "3:52 link-without-ports", "5:25 host-port-shared");
    }

    @Test
    void namesThatDifferInCaseAloneAreRefusedWithBothLines() {
        String errors = errors("viking: {name: s}\ndeploy:\n  Web: {image: x}\n  other: {image: x}\n  web: {image: x}\n");

        assertThat(errors.lines()).singleElement().asString()
                .contains("viking.yml:5:", "deploy.web: differs from Web (line 3) only in upper and lower case");
    }

    @Test
    void warnsOfVariablesThatConciergeSetsItself() {
        Parsed<StackFile> parsed = StackFile.parse("viking.yml", """
                viking: {name: s}
                deploy:
                  a: {image: x, env: {VIKING_NAME: mine, VIKING_HEALTH: tcp, VIKING_IDLE: 1}, expose: 80}
                """);

        assertThat(((Parsed.Good<StackFile>) parsed).warnings()).singleElement()
                .satisfies(problem -> assertThat(problem.code()).isEqualTo("injected-variable"))
                .satisfies(problem -> assertThat(problem.message()).contains("deploy.a.env: VIKING_NAME is set by Concierge"));
    }

    @Test
    void aHealthVariableOfAnotherValueIsAnError() {
        assertThat(errors("""
                viking: {name: s}
                deploy:
                  a:
                    image: x
                    expose: 80
                    env:
                      VIKING_HEALTH: htpp
                      VIKING_HEALTH_81: 'exec:'
                      VIKING_HEALTH_82: none
                      VIKING_HEALTH_83: '_s:CHECK'
                """).lines()).satisfiesExactly(
                        first -> assertThat(first).contains("viking.yml:7:22", "deploy.a.env.VIKING_HEALTH: htpp (expected: tcp, http, http:/path, exec:COMMAND or none)"),
                        second -> assertThat(second).contains("viking.yml:8:25", "VIKING_HEALTH_81: exec:"));
    }

    private static String errors(String text) {
        return switch (StackFile.parse("viking.yml", text)) {
            case Parsed.Good<StackFile> _ -> "";
            case Parsed.Bad<StackFile>(List<Problem> problems) -> problems.stream().map(problem -> problem.toString() + "\n").collect(Collectors.joining());
        };
    }
}
