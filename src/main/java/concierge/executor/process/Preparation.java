package concierge.executor.process;

import concierge.executor.ExecutorException;
import concierge.executor.Workload;
import concierge.model.Port;
import concierge.model.Secret;
import concierge.model.SecretFile;
import concierge.model.ServiceSpec;
import concierge.model.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns a workload into what a process needs: a command that exists, folders, an environment. */
final class Preparation {
    /** What a process gets from the server's own environment: where things are and how to speak, nothing else. */
    private static final List<String> INHERITED = List.of("HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR");

    /** Of a file with a secret, unless the stack file says otherwise. */
    private static final int OWNER_ONLY = 0400;

    private final Workload workload;
    private final InstanceFolder folder;
    private final Path volumes;
    private final List<String> prefix;

    /**
     * @param volumes the folder of named volumes
     * @param prefix what runs a command as the service's user
     */
    Preparation(Workload workload, InstanceFolder folder, Path volumes, List<String> prefix) {
        this.workload = workload;
        this.folder = folder;
        this.volumes = volumes;
        this.prefix = prefix;
    }

    /** Entry point and command; refused when there is none. */
    static List<String> command(ServiceSpec spec) {
        List<String> command = new ArrayList<>(spec.entrypoint());
        command.addAll(spec.command());
        if (!command.isEmpty()) return command;
        throw new ExecutorException(
                ExecutorException.Kind.refused,
                "no command (expected: run, for a service that runs as a process: it has no image to take one from); add run, or executor: docker");
    }

    /** The folder the command runs in; made where it is ours, expected to be there otherwise. */
    Path directory() throws IOException {
        Path work = Files.createDirectories(folder.work());
        Path directory = work.resolve(workload.spec().directory().orElse(".")).normalize();
        if (directory.startsWith(work)) return Files.createDirectories(directory);
        if (Files.isDirectory(directory)) return directory;
        throw new ExecutorException(
                ExecutorException.Kind.cannotStart,
                "cwd: " + directory + " (expected: a folder of this machine: a process sees no image); create it, or leave cwd out for a private folder");
    }

    /** The command with its program's path; {@code cannotStart} when there is no such program. */
    static List<String> resolved(List<String> command, Path directory, String searchPath) {
        String program = command.getFirst();
        List<String> result = new ArrayList<>(command);
        if (program.contains("/")) {
            Path file = directory.resolve(program);
            if (!Files.isExecutable(file) || Files.isDirectory(file)) {
                throw new ExecutorException(
                        ExecutorException.Kind.cannotStart, "command: " + program + " (expected: an executable file; looked at " + file + ")");
            }
        } else {
            Path file = Tools.find(program, searchPath).orElseThrow(() -> new ExecutorException(
                    ExecutorException.Kind.cannotStart, "command: " + program + " (expected: a program in " + searchPath + ")"));
            result.set(0, file.toString());
        }
        return result;
    }

    /** Makes the volumes and returns their variables: {@code /data/db} is {@code VOLUME_DATA_DB}, and {@code data/db} in a private folder. */
    SortedMap<String, String> volumes() throws IOException {
        SortedMap<String, String> variables = new TreeMap<>();
        for (Volume volume : workload.spec().volumes()) {
            Path place = volume.host().map(Path::of).orElseGet(() -> named(volume.container()));
            if (!Files.isDirectory(place)) give(Files.createDirectories(place));
            String name = volume.container().toUpperCase(java.util.Locale.ROOT).replaceAll("[^A-Z0-9]+", "_").replaceAll("^_|_$", "");
            variables.put("VOLUME_" + name, place.toString());
            Path link = folder.work().resolve(volume.container().substring(1)).normalize();
            if (!link.startsWith(folder.work()) || link.equals(folder.work())) continue;
            Path parent = link.resolve("..").normalize();
            if (Files.exists(link, java.nio.file.LinkOption.NOFOLLOW_LINKS)) continue;
            // A volume inside another one's path has its variable only: the outer one is a link already.
            if (!parent.toFile().isDirectory() && !parent.toFile().mkdirs()) continue;
            if (parent.toRealPath().startsWith(folder.work().toRealPath())) Files.createSymbolicLink(link, place);
        }
        return variables;
    }

    private Path named(String container) {
        StringBuilder name = new StringBuilder();
        for (char c : container.substring(1).toCharArray()) {
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
            name.append(plain ? Character.toString(c) : String.format("%%%02X", (int) c));
        }
        var service = workload.instance().service();
        return volumes.resolve(service.stack()).resolve(service.service()).resolve(Integer.toString(workload.instance().n())).resolve(name.toString());
    }

    /** Writes the files of the secrets, once: a generation's are always the same. Their folder appears whole. */
    void secrets() throws IOException {
        List<SecretFile> files = workload.spec().secrets();
        if (files.isEmpty() || Files.isDirectory(folder.secrets())) return;
        List<Secret> values = workload.secrets().open(files);
        Path place = folder.secretsFor(!prefix.isEmpty());
        Files.createDirectories(place.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
        Path draft = place.resolveSibling(place.getFileName() + ".new");
        InstanceFolder.delete(draft);
        InstanceFolder.delete(place);
        Files.createDirectory(draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        for (int i = 0; i < files.size(); i++) {
            Path file = draft.resolve(files.get(i).target());
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.write(file, values.get(i).reveal());
            Files.setAttribute(file, "unix:mode", files.get(i).mode().orElse(OWNER_ONLY));
            give(file);
        }
        give(draft);
        Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
        folder.secretsAreAt(place);
    }

    /** Hands a fresh folder or file of ours to the service's user. */
    void give(Path place) {
        String[] owner = {"", ""};
        for (String word : prefix) {
            if (word.startsWith("--reuid=")) owner[0] = word.substring(8);
            if (word.startsWith("--regid=")) owner[1] = word.substring(8);
        }
        if (!owner[0].isEmpty()) Tools.output(List.of("chown", owner[0] + ":" + owner[1], place.toString()));
    }

    SortedMap<String, String> environment(String installation, Path directory, Map<String, String> volumeVariables, SortedMap<String, Integer> ports) {
        SortedMap<String, String> environment = new TreeMap<>();
        for (String name : INHERITED) {
            String value = System.getenv(name);
            if (value != null) environment.put(name, value);
        }
        if (!prefix.isEmpty()) {
            environment.keySet().removeAll(List.of("USER", "LOGNAME", "TMPDIR"));
            environment.put("HOME", directory.toString());
        }
        environment.put("PATH", Tools.PATH);
        environment.putAll(workload.environment());
        environment.putAll(volumeVariables);
        if (!workload.spec().secrets().isEmpty()) environment.put(SecretFile.VARIABLE, folder.secretsFor(!prefix.isEmpty()).toString());
        ports.forEach((key, host) -> {
            if (key.endsWith("/udp")) environment.put("PORT_" + key.replace("/udp", ""), host.toString());
        });
        ports.forEach((key, host) -> {
            if (key.endsWith("/tcp")) environment.put("PORT_" + key.replace("/tcp", ""), host.toString());
            if (key.endsWith("/udp")) environment.put("PORT_" + key.replace("/udp", "_UDP"), host.toString());
        });
        workload.spec().ports().stream().findFirst().map(Port::key).ifPresent(first -> environment.put("PORT", String.valueOf(ports.get(first))));
        environment.put(
                ProcessRecord.MARKER, ProcessRecord.markerValue(installation, workload.instance().path(), workload.generation()));
        return environment;
    }
}
