package concierge.source.stackfile;

import java.util.ArrayList;
import java.util.List;

/** Splits a command as a shell splits words: blanks, both quotes, backslashes; nothing is expanded. */
final class ShellWords {
    private ShellWords() {}

    sealed interface Result {
        record Split(List<String> words) implements Result {}

        /** @param at index of the quote or backslash that nothing closes */
        record Unbalanced(int at, char quote) implements Result {}
    }

    static Result split(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        int quotedAt = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (quote == 0 && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) {
                if (inWord) words.add(word.toString());
                word.setLength(0);
                inWord = false;
            } else if (quote == 0 && (c == '"' || c == '\'')) {
                quote = c;
                quotedAt = i;
                inWord = true;
            } else if (c == quote && quote != 0) {
                quote = 0;
            } else if (c == '\\' && quote != '\'') {
                if (i + 1 == text.length()) return new Result.Unbalanced(i, c);
                char next = text.charAt(++i);
                // inside double quotes a backslash is one, except before what it has to protect
                if (quote == '"' && "\"\\$`\n".indexOf(next) < 0) word.append(c);
                if (next != '\n') {
                    word.append(next);
                    inWord = true;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (quote != 0) return new Result.Unbalanced(quotedAt, quote);
        if (inWord) words.add(word.toString());
        return new Result.Split(List.copyOf(words));
    }
}
