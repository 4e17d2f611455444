package concierge.cli;

import concierge.cli.command.Context;
import concierge.cli.command.Roles;
import concierge.cli.terminal.Terminal;
import concierge.config.Configuration;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The run that the build watches to make the client's AOT cache: the commands that people call most,
 * against answers in the form of the API's. Prints nothing; needs no server.
 */
public final class Training {
    private static final String PS =
            """
            {"instances": [
              {"instance": "shop/default/web/1", "stack": "shop", "tag": "default", "service": "web", "n": 1, "host": "box",
               "executor": "docker", "state": "ready", "since": "2026-01-01T00:00:00Z", "restarts": 1, "ports": {"80/tcp": "127.0.0.1:20001"},
               "urls": ["http://shop.localhost:8080/"], "lastLog": []},
              {"instance": "shop/default/web/2", "stack": "shop", "tag": "default", "service": "web", "n": 2, "host": "",
               "state": "pending", "reason": "1 host: 1 without tag db", "exitCode": 1, "lastLog": ["line"]}],
             "sites": [{"domain": "help.localhost", "url": "http://help.localhost:8080/", "stack": "shop", "service": "help"}],
             "deployments": [{"stack": "shop", "id": "0000000001", "tag": "default", "outcome": "active", "reason": "", "started": "2026-01-01T00:00:00Z"}]}
            """;

    private Training() {}

    /** @param arguments a folder to work in */
    public static void main(String[] arguments) throws IOException, ClassNotFoundException {
        Path home = Files.createDirectories(Path.of(arguments[0]));
        try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread.ofPlatform().daemon().start(() -> serve(socket));
            Files.writeString(home.resolve("server.json"),
                    "{\"pid\": 1, \"installation\": \"training\", \"api\": \"http://127.0.0.1:" + socket.getLocalPort() + "\"}");
            for (String line : new String[] {"--help", "version", "ps", "ps shop --json", "ps --help", "hosts", "stop shop/web", "nothing", "logs shop"}) {
                commandLine(home).run(line.split(" "));
            }
        }
        // What every real run does besides: these classes belong into the cache, too. One class that is not there
        // has the whole class path opened, which takes as long as the command itself.
        Terminal.system(System.getenv());
        for (String main : List.of("concierge.Main", "concierge.Main$Serving")) Class.forName(main);
        System.exit(0);
    }

    private static Cli commandLine(Path home) {
        Map<String, String> environment = Map.of("CONCIERGE_HOME", home.toString(), "TERM", "xterm");
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        Terminal terminal = new Terminal(new ByteArrayInputStream(new byte[0]), nowhere, nowhere,
                Terminal.Abilities.of("12", "100", environment));
        return new Cli(new Context(terminal, environment, home, new Nothing()));
    }

    private static void serve(ServerSocket server) {
        while (true) {
            try (Socket socket = server.accept()) {
                BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
                String request = in.readLine();
                for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) continue;
                String body = body(request);
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                String head = "HTTP/1.1 200 OK\r\nConcierge-Installation: training\r\nContent-Length: " + bytes.length + "\r\n\r\n";
                socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
                socket.getOutputStream().write(bytes);
            } catch (IOException e) {
                return; // the run is over
            }
        }
    }

    private static String body(String request) {
        if (request.contains("/v1/ps")) return PS;
        if (request.contains("/v1/logs")) return "event: line\ndata: {\"instance\": \"shop/default/web/1\", \"text\": \"hello\"}\n\n";
        if (request.contains("/v1/hosts")) return "[{\"name\": \"box\", \"addresses\": [\"127.0.0.1\"], \"executors\": [\"docker\"]}]";
        return request.contains("/v1/ping") ? "true" : "{\"version\": \"0\", \"api\": \"\"}";
    }

    /** Nothing is served in a training run. */
    private record Nothing() implements Roles {
        @Override
        public int serve(Role role, Configuration configuration) {
            return 0;
        }

        @Override
        public long transfer(Configuration configuration, Transfer transfer, java.util.function.LongConsumer progress) {
            return 0;
        }
    }
}
