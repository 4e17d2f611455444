package concierge.json;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parser of {@link JsonTree}: one text, front to back (RFC 8259). */
final class JsonReader {
    /** As the mapper has it: deeper is no answer of ours, and would end in a stack overflow. */
    private static final int DEPTH = 500;

    /** Digits that surely fit a long. */
    private static final int LONG_DIGITS = 18;

    private final String text;
    private int at;
    private int depth;

    JsonReader(String text) {
        this.text = text;
    }

    JsonTree whole() {
        JsonTree value = value();
        skip();
        if (at < text.length()) throw unexpected("the end");
        return value;
    }

    private JsonTree value() {
        skip();
        return switch (peek()) {
            case '{' -> new JsonTree(object());
            case '[' -> new JsonTree(array());
            case '"' -> new JsonTree(string());
            case 't' -> word("true", new JsonTree(true));
            case 'f' -> word("false", new JsonTree(false));
            case 'n' -> word("null", JsonTree.NULL);
            default -> new JsonTree(number());
        };
    }

    private Map<String, JsonTree> object() {
        Map<String, JsonTree> object = new LinkedHashMap<>();
        open();
        if (closes('}')) return object;
        do {
            skip();
            if (peek() != '"') throw unexpected("a name");
            String name = string();
            skip();
            if (next() != ':') throw unexpectedBefore("a colon");
            object.put(name, value());
        } while (goesOn('}'));
        return object;
    }

    private List<JsonTree> array() {
        List<JsonTree> array = new ArrayList<>();
        open();
        if (closes(']')) return array;
        do array.add(value());
        while (goesOn(']'));
        return array;
    }

    private void open() {
        at++;
        if (++depth > DEPTH) throw unexpected("at most " + DEPTH + " levels");
    }

    private boolean closes(char end) {
        skip();
        if (peek() != end) return false;
        at++;
        depth--;
        return true;
    }

    /** Behind a value: whether another one follows. */
    private boolean goesOn(char end) {
        if (closes(end)) return false;
        if (next() != ',') throw unexpectedBefore("a comma or " + end);
        return true;
    }

    private JsonTree word(String word, JsonTree value) {
        if (!text.startsWith(word, at)) throw unexpected("a value");
        at += word.length();
        if (at < text.length() && Character.isJavaIdentifierPart(text.charAt(at))) throw unexpected("the end of " + word);
        return value;
    }

    private Number number() {
        int start = at;
        if (peek() == '-') at++;
        int first = at;
        digits();
        if (text.charAt(first) == '0' && at - first > 1) throw unexpected("no digit after a leading zero");
        int whole = at;
        if (peek() == '.') {
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') at++;
            digits();
        }
        if (at < text.length() && (Character.isLetterOrDigit(text.charAt(at)) || text.charAt(at) == '.')) throw unexpected("the end of a number");
        String number = text.substring(start, at);
        if (at > whole) return Double.valueOf(number);
        return whole - first <= LONG_DIGITS ? (Number) Long.valueOf(number) : large(number);
    }

    private static Number large(String number) {
        BigInteger large = new BigInteger(number);
        return large.bitLength() < Long.SIZE ? (Number) large.longValue() : large;
    }

    private void digits() {
        int start = at;
        while (peek() >= '0' && peek() <= '9') at++;
        if (at == start) throw unexpected("a value");
    }

    private String string() {
        int start = ++at;
        while (plain(peek())) at++;
        if (peek() == '"') return text.substring(start, at++);
        StringBuilder string = new StringBuilder().append(text, start, at);
        for (char c = next(); c != '"'; c = next()) {
            if (c == '\\') string.append(escaped());
            else if (c >= ' ') string.append(c);
            else throw unexpectedBefore("no control character in a string");
        }
        return string.toString();
    }

    private static boolean plain(char c) {
        return c != '"' && c != '\\' && c >= ' ';
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> hexadecimal();
            default -> throw unexpectedBefore("an escape");
        };
    }

    private char hexadecimal() {
        int code = 0;
        for (int i = 0; i < 4; i++) {
            char c = next();
            int digit = c < 128 ? Character.digit(c, 16) : -1;
            if (digit < 0) throw unexpectedBefore("a hexadecimal digit");
            code = code * 16 + digit;
        }
        return (char) code;
    }

    private void skip() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) at++;
    }

    /** The character here; 0 at the end, which no JSON text contains. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private char next() {
        if (at == text.length()) throw unexpected("more");
        return text.charAt(at++);
    }

    private MalformedJsonException unexpectedBefore(String expected) {
        at--;
        return unexpected(expected);
    }

    private MalformedJsonException unexpected(String expected) {
        String found = at < text.length() ? "'" + text.charAt(at) + "'" : "the end";
        return new MalformedJsonException("JSON, character " + (at + 1) + ": " + found + " (expected: " + expected + ")");
    }
}
