package concierge.model;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Builds a {@link ServiceSpec} field by field; single-threaded, short-lived. */
public final class SpecBuilder {
    private Optional<String> image = Optional.empty();
    private List<String> command = List.of();
    private List<String> entrypoint = List.of();
    private Optional<String> directory = Optional.empty();
    private List<Port> ports = List.of();
    private List<Volume> volumes = List.of();
    private boolean pinned = false;
    private boolean shared = false;
    private List<Filter> filters = List.of();
    private List<Link> links = List.of();
    private SortedMap<String, String> environment = new TreeMap<>();
    private EngineOptions options = EngineOptions.NONE;
    private List<String> domains = List.of();
    private Optional<Site> site = Optional.empty();
    private Health health = Health.NONE;
    private Resources resources = Resources.NONE;
    private Restart restart = Restart.ALWAYS;
    private Update update = Update.DEFAULT;
    private List<ExecutorKind> executors = List.of(ExecutorKind.docker);
    private boolean uniqueHost = false;
    private Duration stopGrace = ServiceSpec.STOP_GRACE;
    private Optional<String> user = Optional.empty();
    private SortedMap<String, String> labels = new TreeMap<>();
    private boolean takesInput = false;
    private boolean stopsWhenLost = false;
    private List<SecretFile> secrets = List.of();

    public SpecBuilder() {}

    SpecBuilder(ServiceSpec from) {
        image = from.image();
        command = from.command();
        entrypoint = from.entrypoint();
        directory = from.directory();
        ports = from.ports();
        volumes = from.volumes();
        pinned = from.pinned();
        shared = from.shared();
        filters = from.filters();
        links = from.links();
        environment = from.environment();
        options = from.options();
        domains = from.domains();
        site = from.site();
        health = from.health();
        resources = from.resources();
        restart = from.restart();
        update = from.update();
        executors = from.executors();
        uniqueHost = from.uniqueHost();
        stopGrace = from.stopGrace();
        user = from.user();
        labels = from.labels();
        takesInput = from.takesInput();
        stopsWhenLost = from.stopsWhenLost();
        secrets = from.secrets();
    }

    public SpecBuilder image(String image) {
        this.image = Optional.of(image);
        return this;
    }

    public SpecBuilder command(List<String> command) {
        this.command = command;
        return this;
    }

    public SpecBuilder entrypoint(List<String> entrypoint) {
        this.entrypoint = entrypoint;
        return this;
    }

    public SpecBuilder directory(String directory) {
        this.directory = Optional.of(directory);
        return this;
    }

    public SpecBuilder ports(List<Port> ports) {
        this.ports = ports;
        return this;
    }

    public SpecBuilder volumes(List<Volume> volumes) {
        this.volumes = volumes;
        return this;
    }

    public SpecBuilder pinned(boolean pinned) {
        this.pinned = pinned;
        return this;
    }

    public SpecBuilder shared(boolean shared) {
        this.shared = shared;
        return this;
    }

    public SpecBuilder filters(List<Filter> filters) {
        this.filters = filters;
        return this;
    }

    public SpecBuilder links(List<Link> links) {
        this.links = links;
        return this;
    }

    public SpecBuilder environment(Map<String, String> environment) {
        this.environment = new TreeMap<>(environment);
        return this;
    }

    public SpecBuilder options(EngineOptions options) {
        this.options = options;
        return this;
    }

    public SpecBuilder domains(List<String> domains) {
        this.domains = domains;
        return this;
    }

    public SpecBuilder site(Site site) {
        this.site = Optional.of(site);
        return this;
    }

    public SpecBuilder health(Health health) {
        this.health = health;
        return this;
    }

    public SpecBuilder resources(Resources resources) {
        this.resources = resources;
        return this;
    }

    public SpecBuilder restart(Restart restart) {
        this.restart = restart;
        return this;
    }

    public SpecBuilder update(Update update) {
        this.update = update;
        return this;
    }

    public SpecBuilder executors(List<ExecutorKind> executors) {
        this.executors = executors;
        return this;
    }

    public SpecBuilder uniqueHost(boolean uniqueHost) {
        this.uniqueHost = uniqueHost;
        return this;
    }

    public SpecBuilder stopGrace(Duration stopGrace) {
        this.stopGrace = stopGrace;
        return this;
    }

    public SpecBuilder user(String user) {
        this.user = Optional.of(user);
        return this;
    }

    public SpecBuilder labels(Map<String, String> labels) {
        this.labels = new TreeMap<>(labels);
        return this;
    }

    public SpecBuilder stopsWhenLost(boolean stopsWhenLost) {
        this.stopsWhenLost = stopsWhenLost;
        return this;
    }

    public SpecBuilder takesInput(boolean takesInput) {
        this.takesInput = takesInput;
        return this;
    }

    public SpecBuilder secrets(List<SecretFile> secrets) {
        this.secrets = secrets;
        return this;
    }

    public ServiceSpec build() {
        return new ServiceSpec(
                image, command, entrypoint, directory, ports, volumes, pinned, shared, filters, links, environment, options,
                domains, site, health, resources, restart, update, executors, uniqueHost, stopGrace, user, labels, takesInput, secrets, stopsWhenLost);
    }
}
