package concierge.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DockerfileTest {
    private static final String RICH = """
            # syntax=docker/dockerfile:1
            # escape=\\

            ARG BASE=viking:shop/base
            # a comment
            from viking:shop/tools AS tools
            RUN apt-get update && \\
                # inside
                apt-get install -y curl \\

                wget
            RUN <<EOF cat > /script && <<'END' sh
            FROM viking:not/this
            EOF
            FROM viking:nor/that
            END
            COPY <<-DOC /doc
            	FROM viking:nope/nope
            	DOC
            FROM --platform=linux/amd64 \\
              ${BASE} as final
            COPY --from=tools --chown=1:1 /a /b
            CMD ["sh", "-c", "echo FROM viking:shop/base"]
            """;

    @Test
    void readsInstructionsOverContinuationsCommentsAndHeredocs() {
        assertThat(Dockerfile.parse(RICH).instructions()).extracting(Dockerfile.Instruction::keyword)
                .containsExactly("ARG", "FROM", "RUN", "RUN", "COPY", "FROM", "COPY", "CMD");
        assertThat(Dockerfile.parse(RICH).instructions().get(2).arguments()).contains("curl").contains("wget").doesNotContain("inside");
    }

    @Test
    void findsParentsInEveryStageAlsoThroughArguments() {
        assertThat(Dockerfile.parse(RICH).parents())
                .containsExactly(new ImageName("shop", "tools"), new ImageName("shop", "base"));
        assertThat(Dockerfile.parse(RICH).froms()).extracting(from -> from.stage().orElse("")).containsExactly("tools", "final");
    }

    @Test
    void rewritesParentsAndNothingElse() {
        String rewritten = Dockerfile.parse(RICH).withParents(name -> "concierge/" + name.image() + ":1");

        assertThat(rewritten).isEqualTo(RICH
                .replace("from viking:shop/tools AS", "from concierge/tools:1 AS")
                .replace("  ${BASE} as final", "  concierge/base:1 as final"));
    }

    @Test
    void textWithoutParentsSurvivesByteForByte() {
        String text = "FROM busybox\r\nRUN <<EOF\nnever ended\n\tHEALTHCHECK CMD x";

        assertThat(Dockerfile.parse(text).withParents(_ -> "x")).isEqualTo(text);
    }

    @Test
    void anotherEscapeCharacterIsHonoured() {
        Dockerfile file = Dockerfile.parse("# escape=`\nFROM a\nRUN dir C:\\\nRUN a `\n  b\n");

        assertThat(file.instructions()).extracting(Dockerfile.Instruction::arguments).containsExactly("a", "dir C:\\", "a   b");
    }

    @Test
    void knowsWhatReadsTheContext() {
        assertThat(uses("RUN echo COPY")).isFalse();
        assertThat(uses("COPY . /srv")).isTrue();
        assertThat(uses("COPY --chown=1 --from=x a b")).isFalse();
        assertThat(uses("ADD https://example.org/x /x")).isTrue();
        assertThat(uses("RUN --mount=type=bind,target=/x ls /x")).isTrue();
        assertThat(Dockerfile.parse("FROM node:4-onbuild").usesContext()).isTrue();
        assertThat(Dockerfile.parse("FROM a\nONBUILD COPY . /").triggersContext()).isTrue();
    }

    @Test
    void malformedFromLinesAreMarked() {
        assertThat(Dockerfile.parse("FROM a b c").froms().getFirst().wellFormed()).isFalse();
        assertThat(Dockerfile.parse("FROM").froms().getFirst().wellFormed()).isFalse();
        assertThat(Dockerfile.parse("").froms()).isEmpty();
    }

    @Test
    void imageNamesAreExactlyTwoParts() {
        assertThat(ImageName.parse("viking:shop/base")).contains(new ImageName("shop", "base"));
        assertThat(ImageName.parse("viking:base")).isEmpty();
        assertThat(ImageName.parse("viking:a/b/c")).isEmpty();
        assertThat(ImageName.parse("busybox")).isEmpty();
    }

    private static boolean uses(String line) {
        return Dockerfile.parse("FROM busybox\n" + line).usesContext();
    }
}
