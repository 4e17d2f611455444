package concierge.cli;

import concierge.cli.access.ContextCommand;
import concierge.cli.access.LoginCommand;
import concierge.cli.access.TokenCommand;
import concierge.cli.change.CordonCommand;
import concierge.cli.change.DownCommand;
import concierge.cli.change.EnvCommand;
import concierge.cli.change.HostCommand;
import concierge.cli.change.LifecycleCommand;
import concierge.cli.change.RebalanceCommand;
import concierge.cli.change.RmCommand;
import concierge.cli.change.ScaleCommand;
import concierge.cli.change.SecretCommand;
import concierge.cli.command.Entry;
import concierge.cli.deploy.BuildCommand;
import concierge.cli.deploy.DeployCommand;
import concierge.cli.deploy.PlanCommand;
import concierge.cli.deploy.PushCommand;
import concierge.cli.deploy.UpCommand;
import concierge.cli.inside.ExecCommand;
import concierge.cli.inside.RunCommand;
import concierge.cli.look.AuditCommand;
import concierge.cli.look.EventsCommand;
import concierge.cli.look.HostsCommand;
import concierge.cli.look.LogsCommand;
import concierge.cli.look.PsCommand;
import concierge.cli.program.AgentCommand;
import concierge.cli.program.BackupCommand;
import concierge.cli.program.ConfigCommand;
import concierge.cli.program.DnsCommand;
import concierge.cli.program.ResetCommand;
import concierge.cli.program.RestoreCommand;
import concierge.cli.program.RouterCommand;
import concierge.cli.program.ServerCommand;
import concierge.cli.program.StoreCommand;
import concierge.cli.queue.PortierCommand;
import concierge.cli.queue.QueueCommand;
import java.util.List;
import java.util.Optional;

/** Every command with its summary and examples. Only the one that is called is made: that keeps starts short. */
final class Catalog {
    private static final String DEPLOY = "Deploy";
    private static final String LOOK = "Look";
    private static final String CHANGE = "Change";
    private static final String INSIDE = "Look inside";
    private static final String ACCESS = "Access";
    private static final String QUEUE = "Task queue";
    private static final String PROGRAM = "The program itself";

    static final List<Entry> ENTRIES = List.of(
            new Entry("up", DEPLOY, "[--follow] [FOLDER|FILE]", "deploy a stack; starts the server when none runs", List.of(
                    "concierge up  the viking.yml in this folder", "concierge up examples/hello", "concierge up -f  then show its logs"), UpCommand::new),
            new Entry("down", DEPLOY, "[--volumes] [STACK]", "remove a stack; volumes stay unless you say otherwise", List.of(
                    "concierge down  the stack of this folder", "concierge down shop --tag v1", "concierge down shop --volumes  its data, too"), DownCommand::new),
            new Entry("deploy", DEPLOY, "[--tag TAG] [--beside] [FOLDER|FILE]", "deploy a stack to the server that runs", List.of(
                    "concierge deploy --tag v2  replaces the other versions", "concierge deploy --tag git  the short commit as version",
                    "concierge deploy --tag canary --beside"), DeployCommand::new),
            new Entry("plan", DEPLOY, "[--tag TAG] [--beside] [FOLDER|FILE]", "show what deploy would change; changes nothing", List.of(
                    "concierge plan", "concierge plan examples/ragnar --json"), PlanCommand::new),
            new Entry("build", DEPLOY, "[--no-cache] [FOLDER|FILE]", "build the images of a stack file", List.of(
                    "concierge build", "concierge build --no-cache examples/ragnar"), BuildCommand::new),
            new Entry("push", DEPLOY, "REGISTRY/PATH [FOLDER|FILE]", "build the images and push them to a registry", List.of(
                    "concierge push registry.example.org/shop"), PushCommand::new),
            new Entry("ps", LOOK, "[-w] [STACK[/SERVICE[/N]]]", "services, instances, hosts and URLs", List.of(
                    "concierge ps", "concierge ps -w shop  keep showing", "concierge ps shop/web", "concierge ps --json"), PsCommand::new),
            new Entry("status", LOOK, "[-w] [STACK[/SERVICE[/N]]]", "the same as ps", List.of("concierge status"), PsCommand::new),
            new Entry("logs", LOOK, "[-f] [--since AGO] [--tail N] [STACK[/SERVICE[/N]]]", "what instances wrote, interleaved", List.of(
                    "concierge logs -f shop", "concierge logs shop/web/2 --tail 100", "concierge logs ./web --since 10m  of this folder's stack"), LogsCommand::new),
            new Entry("hosts", LOOK, "", "machines, their capacity and what runs on them", List.of("concierge hosts"), HostsCommand::new),
            new Entry("events", LOOK, "[-f] [--since AGO] [STACK]", "what happened", List.of("concierge events -f", "concierge events shop --since 1h"), EventsCommand::new),
            new Entry("scale", CHANGE, "STACK/SERVICE (N | --reset)", "how many instances, over what the file says", List.of(
                    "concierge scale shop/web 3", "concierge scale shop/web --reset  back to the file's number"), ScaleCommand::new),
            new Entry("start", CHANGE, "STACK[/SERVICE]", "start what was stopped", List.of("concierge start shop", "concierge start shop/web"),
                    context -> new LifecycleCommand(context, "start")),
            new Entry("stop", CHANGE, "STACK[/SERVICE]", "stop a stack or service; it stays known", List.of("concierge stop shop/web"),
                    context -> new LifecycleCommand(context, "stop")),
            new Entry("restart", CHANGE, "STACK[/SERVICE]", "replace the instances by fresh ones", List.of("concierge restart shop/web"),
                    context -> new LifecycleCommand(context, "restart")),
            new Entry("rm", CHANGE, "STACK/SERVICE", "remove one service of a stack", List.of("concierge rm shop/web"), RmCommand::new),
            new Entry("env", CHANGE, "(set | get | ls | rm | inject) STACK [KEY[=VALUE]...]", "the environment stored for a stack", List.of(
                    "concierge env set shop TOKEN=abc MODE=live", "concierge env ls shop", "concierge env get shop TOKEN",
                    "concierge env rm shop TOKEN", "concierge env inject shop < .env"), EnvCommand::new),
            new Entry("secret", CHANGE, "(set | ls | rm) STACK [NAME...]", "the secrets stored for a stack; values are never shown", List.of(
                    "concierge secret set shop db_password  asks for the value", "concierge secret set shop tls_key < key.pem",
                    "concierge secret ls shop", "concierge secret rm shop db_password"), SecretCommand::new),
            new Entry("rebalance", CHANGE, "[STACK[/SERVICE]] [--host HOST] [--dry-run | --yes]", "move instances to machines that have little, after a look at what would move", List.of(
                    "concierge rebalance  shows what would move, then asks", "concierge rebalance shop --dry-run", "concierge rebalance --host three --yes  a machine came back",
                    "concierge rebalance --cancel  takes back what has not moved yet"), RebalanceCommand::new),
            new Entry("drain", CHANGE, "HOST", "move away what runs on a machine, and keep new instances away", List.of(
                    "concierge drain two --dry-run  what would move, and what stays", "concierge drain two  before its machine is serviced"), context -> new CordonCommand(context, "drain")),
            new Entry("cordon", CHANGE, "HOST", "keep new instances away from a machine", List.of("concierge cordon two"),
                    context -> new CordonCommand(context, "cordon")),
            new Entry("uncordon", CHANGE, "HOST", "let instances come to a machine again", List.of("concierge uncordon two"),
                    context -> new CordonCommand(context, "uncordon")),
            new Entry("host", CHANGE, "(cordon | uncordon | drain | forget) NAME", "keep a machine free of instances, or give up one that is gone", List.of(
                    "concierge host drain two  before its machine is serviced", "concierge host uncordon two",
                    "concierge host forget two  it never comes back: its fixed instances start elsewhere, without their data"), HostCommand::new),
            new Entry("exec", INSIDE, "[-it] STACK/SERVICE[/N] [--] COMMAND...", "run a command in an instance", List.of(
                    "concierge exec -it shop/web sh", "concierge exec shop/db/1 -- pg_dump app > app.sql"), ExecCommand::new),
            new Entry("run", INSIDE, "[-d] [-e KEY=VALUE] STACK/SERVICE [-- COMMAND...]", "run once, with a service's image and environment", List.of(
                    "concierge run shop/web -- ./migrate --all", "concierge run -d shop/web -- ./reindex"), RunCommand::new),
            new Entry("login", ACCESS, "URL [--name NAME] [--fingerprint SHA256] [--token-stdin]", "use an installation elsewhere", List.of(
                    "concierge login https://10.0.0.1:8791 --name prod  asks for the token", "concierge login https://10.0.0.1:8791 --fingerprint sha256:… --token-stdin < token",
                    "concierge ps --context prod"), LoginCommand::new),
            new Entry("logout", ACCESS, "[NAME]", "forget the token of an installation", List.of("concierge logout prod"), ContextCommand.Logout::new),
            new Entry("context", ACCESS, "[ls | use NAME | show | rm NAME]", "the installations that commands may be for", List.of(
                    "concierge context ls", "concierge context use prod", "concierge context use local  this machine's own"), ContextCommand::new),
            new Entry("token", ACCESS, "(create NAME --role ROLE [--expires TIME] | ls | revoke NAME)", "who may use the API, and for what", List.of(
                    "concierge token create ci --role deploy --expires 90d", "concierge token create wall --role read", "concierge token revoke ci"), TokenCommand::new),
            new Entry("audit", ACCESS, "[--since AGO]", "who changed what", List.of("concierge audit --since 1d"), AuditCommand::new),
            new Entry("config", PROGRAM, "show", "every setting, its value and where it came from", List.of("concierge config show"), ConfigCommand::new),
            new Entry("server", PROGRAM, "[start | stop | status] [--set KEY=VALUE]", "the server; alone: in the foreground", List.of(
                    "concierge server start", "concierge server --set api.port=9000", "concierge server stop  instances go on"), ServerCommand::new),
            new Entry("store", PROGRAM, "copy FROM TO", "bring a stopped server's state into another store", List.of(
                    "concierge store copy embedded etcd://10.0.0.1:2379,10.0.0.2:2379/shop", "concierge store copy etcd://10.0.0.1/shop embedded  and back"), StoreCommand::new),
            new Entry("backup", PROGRAM, "FILE", "save a stopped server's state in a file", List.of("concierge backup shop.backup"), BackupCommand::new),
            new Entry("restore", PROGRAM, "FILE", "bring a saved state into an empty store", List.of("concierge restore shop.backup"), RestoreCommand::new),
            new Entry("agent", PROGRAM, "[--name NAME] [--tags TAG,...] [--key FILE] --store URL", "this machine as a further host, in the foreground", List.of(
                    "concierge agent --name b --tags ssd --store etcd://10.0.0.1:2379/shop --key ./secrets.key",
                    "concierge agent --docker h1=tcp://10.0.0.5:2376 --tlscacert ca.pem --tlscert cert.pem --tlskey key.pem --store etcd://10.0.0.1:2379/shop"), AgentCommand::new),
            new Entry("portier", QUEUE, "[tasks | types | drain | resume] [--endpoint URL] [--identity ID]", "claim tasks of a queue, in the foreground; what runs, and how", List.of(
                    "concierge portier --endpoint http://portier:8080 --identity 0e3c…  TERM gives everything back",
                    "concierge portier tasks", "concierge portier types  and where each value came from", "concierge portier drain  of a server with a portier section"), PortierCommand::new),
            new Entry("queue", QUEUE, "[ls | add TYPE JSON | rm TASK | identities | admit | expel]", "be a task queue for others, in the foreground; fill it", List.of(
                    "concierge queue --set queue.host=0.0.0.0", "concierge queue admit  prints a new identity",
                    "concierge queue add clock '{\"every\": 5}'", "concierge queue ls"), QueueCommand::new),
            new Entry("router", PROGRAM, "[--set KEY=VALUE]", "a router in the foreground; servers start their own", List.of("concierge router"), RouterCommand::new),
            new Entry("dns", PROGRAM, "[--set KEY=VALUE]", "a name server in the foreground: web.shop.concierge", List.of(
                    "concierge dns", "dig @127.0.0.1 -p 8753 web.shop.concierge  from another terminal",
                    "dig @127.0.0.1 -p 8753 srv _80._tcp.web.shop.concierge"), DnsCommand::new),
            new Entry("reset", PROGRAM, "[--all-hosts [--volumes]] [--yes]", "remove every stack and forget everything", List.of(
                    "concierge reset", "concierge reset --all-hosts --volumes  of all machines that share the state, with their data"), ResetCommand::new),
            new Entry("version", PROGRAM, "", "versions of this program and of the server", List.of("concierge version"), VersionCommand::new),
            new Entry("completion", PROGRAM, "(bash | zsh | fish)", "what a shell needs to complete commands", List.of(
                    "source <(concierge completion bash)", "concierge completion fish > ~/.config/fish/completions/concierge.fish"), CompletionCommand::new));

    private Catalog() {}

    static Optional<Entry> find(String name) {
        for (Entry entry : ENTRIES) if (entry.name().equals(name)) return Optional.of(entry);
        return Optional.empty();
    }

    static List<String> names() {
        return ENTRIES.stream().map(Entry::name).toList();
    }
}
