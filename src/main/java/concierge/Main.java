package concierge;

import concierge.cli.Cli;
import concierge.cli.command.Roles;
import concierge.config.Configuration;
import concierge.model.Problem;
import java.util.List;
import java.util.function.LongConsumer;

/** Wires the program; the only class that chooses implementations. */
public final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        System.exit(Cli.run(arguments, new Serving()));
    }

    /** The roles that serve; loaded only when one of them is asked for. */
    private static final class Serving implements Roles {
        @Override
        public int serve(Role role, Configuration configuration) {
            return Lifetime.serve(role.name(), configuration.home().path(), switch (role) {
                case server -> new ServerRole(configuration, false)::serve;
                case portier -> new ServerRole(configuration, true)::serve;
                case agent -> new AgentRole(configuration)::serve;
                case router -> new RouterRole(configuration)::serve;
                case dns -> new DnsRole(configuration)::serve;
            });
        }

        @Override
        public List<Problem> problems(Configuration configuration) {
            return Queues.problems(configuration);
        }

        @Override
        public long transfer(Configuration configuration, Transfer transfer, LongConsumer progress) {
            return new TransferRole(configuration, progress).run(transfer);
        }
    }
}
