package concierge.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IgnoreFileTest {
    /** Patterns (several separated by a space), a path, whether it is left out. */
    @ParameterizedTest(name = "[{0}] {1}: {2}")
    @CsvSource({
        "node_modules, node_modules, true",
        "node_modules, node_modules/left-pad/index.js, true",
        "node_modules, web/node_modules, false",
        "**/node_modules, web/node_modules/x, true",
        "**/node_modules, node_modules, true",
        "*.md, README.md, true",
        "*.md, docs/README.md, false",
        "*/*.md, docs/README.md, true",
        "**/*.md, a/b/c.md, true",
        "docs/**, docs, false",
        "docs/**, docs/a/b, true",
        "docs/**/x, docs/x, true",
        "docs/**/x, docs/a/b/x, true",
        "**, anything/at/all, true",
        "temp?, tempa, true",
        "temp?, temp, false",
        "temp?, temp/, false",
        "[ab]x, ax, true",
        "[ab]x, cx, false",
        "[^ab]x, cx, true",
        "[a-c]x, bx, true",
        "/build, build, true",
        "./build/, build/x, true",
        "a/../b, b, true",
        "*.md !README.md, README.md, false",
        "!README.md *.md, README.md, true",
        "*.md !README.md README.md, README.md, true",
        "docs !docs/keep, docs/keep/a, false",
        "docs !docs/keep, docs/other, true",
        "* !src, src/a, false",
        "* !**/keep, a/b/keep, false",
        "a\\*b, a*b, true",
        "a\\*b, axb, false",
        "a.b, axb, false",
        "x+y(z)|$, x+y(z)|$, true",
    })
    void decidesAsDockerDoes(String patterns, String path, boolean ignored) throws Exception {
        assertThat(IgnoreFile.parse(patterns.replace(' ', '\n')).ignores(path)).isEqualTo(ignored);
    }

    @Test
    void skipsCommentsBlankLinesByteOrderMarkAndCarriageReturns() throws Exception {
        IgnoreFile file = IgnoreFile.parse("\uFEFF# comment\r\n\r\n  *.log  \r\n #not-a-comment\n");

        assertThat(file.ignores("a.log")).isTrue();
        assertThat(file.ignores("#not-a-comment")).isTrue();
        assertThat(file.ignores("# comment")).isFalse();
    }

    @Test
    void namesTheLineOfABadPattern() {
        assertThatThrownBy(() -> IgnoreFile.parse("ok\n[a")).hasMessageContaining(".dockerignore:2: [a");
        assertThatThrownBy(() -> IgnoreFile.parse("!")).hasMessageContaining(".dockerignore:1");
        assertThatThrownBy(() -> IgnoreFile.parse("a\\")).hasMessageContaining(".dockerignore:1");
        assertThatThrownBy(() -> IgnoreFile.parse("[z-a]")).hasMessageContaining(".dockerignore:1");
    }

    @Test
    void looksIntoIgnoredFoldersOnlyWhereSomethingMayBeTakenBack() throws Exception {
        IgnoreFile file = IgnoreFile.parse("*\n!web/static/*.css\n");

        assertThat(file.mayKeepBelow("web")).isTrue();
        assertThat(file.mayKeepBelow("web/static")).isTrue();
        assertThat(file.mayKeepBelow("node_modules")).isFalse();
    }
}
