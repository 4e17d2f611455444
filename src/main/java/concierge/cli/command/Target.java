package concierge.cli.command;

import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.model.Names;

/**
 * What a command is about: {@code STACK}, {@code STACK/SERVICE}, {@code STACK/SERVICE/N} or {@code
 * STACK/TAG/SERVICE/N}; {@code .} as the stack stands for the one in this folder.
 *
 * @param stack empty for all
 * @param tag empty for any; so {@code service}
 * @param n 0 for any
 */
public record Target(String stack, String tag, String service, int n) {
    public static final Target ALL = new Target("", "", "", 0);

    public static Target parse(String text, Context context) {
        String[] parts = text.replaceAll("/+$", "").split("/", -1);
        String stack = parts[0].equals(".") ? StackFile.nameHere(context) : parts[0];
        boolean numbered = parts.length > 2 && parts[parts.length - 1].matches("[1-9][0-9]{0,8}");
        int n = numbered ? Integer.parseInt(parts[parts.length - 1]) : 0;
        int names = parts.length - (numbered ? 1 : 0);
        boolean well = Names.isStack(stack) && names <= 3;
        for (int i = 1; i < names; i++) well &= Names.isPart(parts[i]);
        if (!well) {
            throw new Failure(Exit.USAGE, text + ": no such form (expected: STACK, STACK/SERVICE, STACK/SERVICE/N or STACK/TAG/SERVICE/N)",
                    ". stands for the stack of this folder: ./web");
        }
        return switch (names) {
            case 1 -> new Target(stack, "", "", 0);
            case 2 -> new Target(stack, "", parts[1], n);
            default -> new Target(stack, parts[1], parts[2], n);
        };
    }

    /** Fails where less than a whole stack is named: more would be done than was asked for. */
    public static String stack(String text, Context context) {
        Target target = parse(text, context);
        if (target.service().isEmpty()) return target.stack();
        String what = target.n() == 0 ? "one service" : "one instance";
        throw new Failure(Exit.USAGE, text + ": " + what + " (expected: a whole STACK)", "nothing was done; " + target.stack() + " is the stack");
    }

    /** Fails where one instance is named: more would be done than was asked for. */
    public Target whole(String text) {
        if (n == 0) return this;
        Target all = new Target(stack, tag, service, 0);
        throw new Failure(Exit.USAGE, text + ": one instance (expected: STACK/SERVICE)", "nothing was done; " + all + " is the service with all its instances");
    }

    /** Fails unless a service is named. */
    public Target withService(String text) {
        if (service.isEmpty()) throw new Failure(Exit.USAGE, text + ": no service (expected: STACK/SERVICE)", "concierge ps " + stack + " lists them");
        return this;
    }

    /** Whether an instance of the stack is meant. */
    public boolean matches(String tag, String service, int n) {
        return (this.tag.isEmpty() || this.tag.equals(tag)) && (this.service.isEmpty() || this.service.equals(service)) && (this.n == 0 || this.n == n);
    }

    @Override
    public String toString() {
        return stack + (tag.isEmpty() ? "" : "/" + tag) + (service.isEmpty() ? "" : "/" + service) + (n == 0 ? "" : "/" + n);
    }
}
