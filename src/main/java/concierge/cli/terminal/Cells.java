package concierge.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Texts measured in terminal cells: wide letters take two, combining ones and control sequences none. */
public final class Cells {
    /** First and last code points of the blocks that terminals draw two cells wide (Unicode's East Asian W and F, emoji). */
    private static final int[] WIDE = {
        0x1100, 0x115F, 0x231A, 0x231B, 0x23E9, 0x23EC, 0x23F0, 0x23F0, 0x23F3, 0x23F3, 0x25FD, 0x25FE,
        0x2614, 0x2615, 0x2648, 0x2653, 0x267F, 0x267F, 0x2693, 0x2693, 0x26A1, 0x26A1, 0x26AA, 0x26AB,
        0x26BD, 0x26BE, 0x26C4, 0x26C5, 0x26CE, 0x26CE, 0x26D4, 0x26D4, 0x26EA, 0x26EA, 0x26F2, 0x26F3,
        0x26F5, 0x26F5, 0x26FA, 0x26FA, 0x26FD, 0x26FD, 0x2705, 0x2705, 0x270A, 0x270B, 0x2728, 0x2728,
        0x274C, 0x274C, 0x274E, 0x274E, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27B0, 0x27B0,
        0x27BF, 0x27BF, 0x2B1B, 0x2B1C, 0x2B50, 0x2B50, 0x2B55, 0x2B55, 0x2E80, 0x303E, 0x3041, 0xA4CF,
        0xA960, 0xA97C, 0xAC00, 0xD7A3, 0xF900, 0xFAFF, 0xFE10, 0xFE19, 0xFE30, 0xFE6B, 0xFF01, 0xFF60,
        0xFFE0, 0xFFE6, 0x16FE0, 0x18CFF, 0x1AFF0, 0x1B2FB, 0x1F004, 0x1F004, 0x1F0CF, 0x1F0CF,
        0x1F18E, 0x1F18E, 0x1F191, 0x1F19A, 0x1F200, 0x1F320, 0x1F32D, 0x1F335, 0x1F337, 0x1F37C,
        0x1F37E, 0x1F393, 0x1F3A0, 0x1F3CA, 0x1F3CF, 0x1F3D3, 0x1F3E0, 0x1F3F0, 0x1F3F4, 0x1F3F4,
        0x1F3F8, 0x1F43E, 0x1F440, 0x1F440, 0x1F442, 0x1F4FC, 0x1F4FF, 0x1F53D, 0x1F54B, 0x1F567,
        0x1F595, 0x1F596, 0x1F5A4, 0x1F5A4, 0x1F5FB, 0x1F64F, 0x1F680, 0x1F6C5, 0x1F6CC, 0x1F6CC,
        0x1F6D0, 0x1F6D7, 0x1F6DC, 0x1F6DF, 0x1F6EB, 0x1F6EC, 0x1F6F4, 0x1F6FC, 0x1F7E0, 0x1F7F0,
        0x1F90C, 0x1F9FF, 0x1FA70, 0x1FAFF, 0x20000, 0x3FFFD
    };

    private Cells() {}

    public static int width(String text) {
        int width = 0;
        for (int at = 0; at < text.length(); ) {
            int end = afterSequence(text, at);
            if (end > at) {
                at = end;
                continue;
            }
            int point = text.codePointAt(at);
            width += width(point);
            at += Character.charCount(point);
        }
        return width;
    }

    /** Cut to at most {@code cells}, with an ellipsis where something is missing; colours stay whole. */
    public static String fit(String text, int cells) {
        if (width(text) <= cells) return text;
        if (cells <= 0) return "";
        StringBuilder out = new StringBuilder();
        int width = 0;
        boolean coloured = false;
        for (int at = 0; at < text.length(); ) {
            int end = afterSequence(text, at);
            if (end > at) {
                out.append(text, at, end);
                coloured = true;
                at = end;
                continue;
            }
            int point = text.codePointAt(at);
            if (width + width(point) > cells - 1) break;
            out.appendCodePoint(point);
            width += width(point);
            at += Character.charCount(point);
        }
        return out.append('…').append(coloured ? "\u001b[0m" : "").toString();
    }

    /** Broken at blanks into lines of at most {@code cells}; a longer word, such as a path, is broken anywhere. */
    public static List<String> wrapped(String text, int cells) {
        if (width(text) <= cells) return List.of(text);
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        boolean empty = true;
        for (String word : text.split(" ", -1)) {
            String rest = word;
            if (!empty && width(line.toString()) + 1 + width(rest) > cells) {
                lines.add(line.toString());
                line.setLength(0);
                empty = true;
            }
            line.append(empty ? "" : " ");
            empty = false;
            while (width(rest) > cells) {
                int cut = prefix(rest, cells);
                lines.add(rest.substring(0, cut));
                rest = rest.substring(cut);
            }
            line.append(rest);
        }
        lines.add(line.toString());
        return lines;
    }

    /** How much of a text fits; at least one letter. */
    private static int prefix(String text, int cells) {
        int width = 0;
        int at = 0;
        while (at < text.length()) {
            int end = afterSequence(text, at);
            int point = text.codePointAt(at);
            if (end == at && at > 0 && width + width(point) > cells) return at;
            if (end == at) width += width(point);
            at = end > at ? end : at + Character.charCount(point);
        }
        return at;
    }

    public static String padded(String text, int cells) {
        return text + " ".repeat(Math.max(0, cells - width(text)));
    }

    public static String rightAligned(String text, int cells) {
        return " ".repeat(Math.max(0, cells - width(text))) + text;
    }

    /**
     * Without what would move the cursor or change the terminal: for texts that others wrote. Colours go
     * too, tabs become blanks.
     */
    public static String tame(String text) {
        StringBuilder out = null;
        for (int at = 0; at < text.length(); ) {
            int end = afterSequence(text, at);
            char c = text.charAt(at);
            boolean wild = end > at || c < ' ' || c >= 0x7f && c < 0xa0;
            if (wild && out == null) out = new StringBuilder(text.substring(0, at));
            if (out != null && !wild) out.append(c);
            if (out != null && c == '\t') out.append(' ');
            at = Math.max(end, at + 1);
        }
        return out == null ? text : out.toString();
    }

    /** Where a control sequence that begins at {@code at} ends; {@code at} when none does. */
    private static int afterSequence(String text, int at) {
        if (text.charAt(at) != '\u001b' || at + 1 >= text.length()) return at;
        char kind = text.charAt(at + 1);
        if (kind == '[') {
            int end = at + 2;
            while (end < text.length() && (text.charAt(end) < '@' || text.charAt(end) > '~')) end++;
            return Math.min(end + 1, text.length());
        }
        if (kind == ']') {
            int end = at + 2;
            while (end < text.length() && text.charAt(end) != '\u0007' && text.charAt(end) != '\u001b') end++;
            return Math.min(end + 1, text.length());
        }
        return at;
    }

    private static int width(int point) {
        if (point < 0x300) return point < ' ' || point >= 0x7f && point < 0xa0 || point == 0xad ? 0 : 1;
        return switch (Character.getType(point)) {
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.FORMAT -> 0;
            default -> isWide(point) ? 2 : 1;
        };
    }

    private static boolean isWide(int point) {
        if (point < WIDE[0]) return false;
        for (int i = 0; i < WIDE.length; i += 2) if (point >= WIDE[i] && point <= WIDE[i + 1]) return true;
        return false;
    }
}
