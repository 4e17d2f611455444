package concierge.cli.deploy;

import concierge.cli.command.Command;
import concierge.cli.command.Context;
import concierge.cli.command.StackFile;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code push}: build, and hand the images to a registry. */
public final class PushCommand extends Command {
    @Parameters(index = "0", paramLabel = "REGISTRY/PATH", description = "where to: registry.example.org/shop")
    String registry = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "FOLDER|FILE", description = "the stack file or its folder; default: this folder")
    String place = ".";

    @Option(names = {"-t", "--tag"}, paramLabel = "TAG", description = "the version that the images are for")
    String tag = "";

    @Option(names = "--json", description = "the outcome as JSON")
    boolean json;

    public PushCommand(Context context) {
        super(context);
    }

    @Override
    public int run() {
        return BuildCommand.build(context, StackFile.find(place, context), tag, false, registry, json);
    }
}
