package concierge.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Stack files of the tests, written into folders of their own. */
final class Stacks {
    private Stacks() {}

    /** A folder below {@code parent} with this stack file. */
    static Path folder(Path parent, String name, String file) {
        try {
            Path folder = Files.createDirectories(parent.resolve(name));
            Files.writeString(folder.resolve("viking.yml"), file);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A web service that answers with {@code text}, as container or as process. */
    static String web(String stack, int scale, String text) {
        return """
                viking:
                  name: %s
                deploy:
                  web:
                    image: busybox:stable
                    executor: [docker, process]
                    scale: %d
                    expose: [8000]
                    health: http:/
                    stop_grace: 2s
                    env:
                      TEXT: "%s"
                    run: [sh, -c, 'mkdir -p www && echo $TEXT > www/index.html && exec busybox httpd -f -p ${PORT:-8000} -h www']
                    domains: [%s.localhost]
                """
                .formatted(stack, scale, text, stack.toLowerCase(java.util.Locale.ROOT));
    }

    /** Something that only sleeps, quick to start and to stop. */
    static String sleepers(String stack, int scale) {
        return """
                viking:
                  name: %s
                deploy:
                  sleeper:
                    image: busybox:stable
                    executor: [docker, process]
                    scale: %d
                    stop_grace: 1s
                    update: {monitor: 1s}
                    run: [sh, -c, 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done']
                """
                .formatted(stack, scale);
    }
}
