package concierge.runtime;

import java.lang.reflect.Proxy;

/**
 * Signals of the operating system. Java's own handling hears the first one alone: while a program ends, nothing can
 * hurry it but KILL. What hears them all has no supported name, but every Java has it; it is looked up, as the compiler
 * would refuse it.
 */
public final class Signals {
    private Signals() {}

    /**
     * Runs it at each such signal, on a thread of its own, instead of ending the program. A signal that whoever started the
     * program ignores stays ignored.
     *
     * @param name without SIG: {@code TERM}
     * @return false: this Java cannot; the signal then does what it always did
     */
    public static boolean on(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object handling = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    action.run();
                    yield null;
                }
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "at " + name;
            });
            signal.getMethod("handle", signal, handler).invoke(null, signal.getConstructor(String.class).newInstance(name), handling);
            return true;
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            return false;
        }
    }
}
