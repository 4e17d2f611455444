package concierge.cli.terminal;

/** How a text is shown; only terminals (or who insists) get to see it. */
public enum Ink {
    plain(""),
    bold("1"),
    faint("2"),
    red("31"),
    green("32"),
    yellow("33"),
    blue("34"),
    magenta("35"),
    cyan("36"),
    brightGreen("92"),
    brightYellow("93"),
    brightBlue("94"),
    brightMagenta("95"),
    brightCyan("96"),
    boldRed("1;31");

    /** Inks that tell instances apart; none of them means anything by itself, as red and yellow do. */
    private static final Ink[] WHEEL = {
        cyan, green, magenta, blue, brightCyan, brightGreen, brightMagenta, brightBlue, brightYellow
    };

    private final String code;

    Ink(String code) {
        this.code = code;
    }

    /** The same name has the same ink, in every run. */
    public static Ink of(String name) {
        return WHEEL[Math.floorMod(name.hashCode(), WHEEL.length)];
    }

    String on(String text) {
        return code.isEmpty() || text.isEmpty() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
    }
}
