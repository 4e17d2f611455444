package concierge.cli.access;

import concierge.cli.client.Contexts;
import concierge.cli.client.Exit;
import concierge.cli.client.Failure;
import concierge.cli.client.Login;
import concierge.cli.command.Ask;
import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.terminal.Ink;
import concierge.model.Names;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code login}: an installation elsewhere, under a name of one's own. */
public final class LoginCommand extends Command {
    @Parameters(index = "0", paramLabel = "URL", description = "https://HOST:8791, as token create printed it")
    String url = "";

    @Option(names = "--name", paramLabel = "NAME", description = "how to call it; default: its host")
    String name = "";

    @Option(names = "--fingerprint", paramLabel = "SHA256", description = "of the certificate that vouches for it, as token create printed it")
    String fingerprint = "";

    @Option(names = "--token-stdin", description = "read the token from standard input instead of asking")
    boolean fromInput;

    public LoginCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        Login login = new Login(url);
        String chosen = name.isEmpty() ? login.url().getHost().replaceAll("[^A-Za-z0-9_.-]+", "-").replaceAll("^-|-$", "") : name;
        if (!Names.isPart(chosen) || chosen.equals(Contexts.LOCAL)) {
            throw new Failure(Exit.USAGE, "--name: " + chosen + " (expected: letters, digits, _, - or ., and not " + Contexts.LOCAL + ", which is this machine's)", "");
        }
        Optional<X509Certificate> anchor = anchor(login);
        Contexts.Entry entered = login.enter(chosen, anchor, token());
        Contexts.open(context.home()).keep(entered);
        terminal().note(terminal().paintError(Ink.green, "✓") + " logged in to " + login.url() + " as context " + chosen + terminal().paintError(Ink.faint, "  (installation "
                + entered.installation() + ")"));
        terminal().note("commands go there now; concierge context use local for this machine's");
        return Exit.OK;
    }

    /** What to trust from now on; empty: this machine trusts the server anyway. */
    private Optional<X509Certificate> anchor(Login login) {
        List<X509Certificate> shown = login.look();
        if (!fingerprint.isEmpty()) return Optional.of(login.named(fingerprint, shown));
        if (login.isTrusted()) return Optional.empty();
        String found = Login.fingerprint(Login.voucher(shown));
        if (!terminal().abilities().input() || fromInput) {
            throw new Failure(Exit.REFUSED, login.url() + ": nobody whom this machine trusts has signed its certificate; the fingerprint is " + found + " (expected: --fingerprint)",
                    "give the one that concierge token create printed there");
        }
        terminal().note("The certificate of " + login.url() + " is vouched for by one with the fingerprint\n  " + found);
        if (!Ask.line(terminal(), "Is that what concierge token create printed there? Type yes to go on: ").equals("yes")) {
            throw new Failure(Exit.FAILED, "not logged in", "");
        }
        return Optional.of(Login.voucher(shown));
    }

    private String token() {
        byte[] given;
        try {
            given = fromInput || !terminal().abilities().input()
                    ? terminal().in().readAllBytes()
                    : Ask.hidden(terminal(), "Token", "concierge login " + url + " --token-stdin < file");
        } catch (IOException e) {
            throw new Failure(Exit.FAILED, "cannot read the token: " + e.getMessage(), "");
        }
        String token = new String(given, StandardCharsets.UTF_8).strip();
        // It goes into a header as it is.
        if (!token.matches("[A-Za-z0-9_.-]{16,200}")) throw new Failure(Exit.USAGE, "that is no token (expected: NAME.64 digits, as concierge token create printed it)", "");
        return token;
    }
}
