package concierge.source.portier;

/** Texts that a queue sent, before they reach a log, a terminal or a name: what would act there is replaced. */
final class Foreign {
    /** Longer than any name that people or programs give; a UUID has 36. */
    static final int LONGEST_NAME = 200;

    /** Stands for a character that cannot be shown. */
    private static final char REPLACED = '\uFFFD';

    private Foreign() {}

    /** Without control characters, line ends and halves of characters, and no longer than a name may be. */
    static String tame(String text) {
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < text.length(); at += Character.charCount(text.codePointAt(at))) {
            int point = text.codePointAt(at);
            if (out.length() >= LONGEST_NAME) return out.append('…').toString();
            if (isWild(point)) out.append(REPLACED);
            else out.appendCodePoint(point);
        }
        return out.toString();
    }

    /** Whether it can be told to people, and to the queue again, as it is. */
    static boolean isTame(String text) {
        return text.length() <= LONGEST_NAME && text.codePoints().noneMatch(Foreign::isWild);
    }

    private static boolean isWild(int point) {
        int type = Character.getType(point);
        // These turn around what stands after them.
        boolean turns = point == 0x61C || point == 0x200E || point == 0x200F || point >= 0x202A && point <= 0x202E || point >= 0x2066 && point <= 0x2069;
        return turns || type == Character.CONTROL || type == Character.SURROGATE || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR;
    }

    /** The same for two texts that differ in numbers, times and ids alone. */
    static String shape(String text) {
        return text.replaceAll("\\S*[0-9]\\S*", "#");
    }
}
