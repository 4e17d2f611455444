package concierge;

/** Wires the program; the only class that chooses implementations. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.out.println("concierge");
    }
}
