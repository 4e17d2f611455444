package concierge.source.stackfile;

import concierge.model.Dockerfile;
import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.model.Names;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the whole file: {@code viking}, {@code build}, {@code deploy}. One use. */
final class StackReader {
    private static final List<String> TOP = List.of("viking", "build", "deploy");
    private static final List<String> VIKING = List.of("name", "comment", "require");

    /** Stands for a name that is missing or wrong, so that the rest can still be read. */
    private static final String UNNAMED = "unnamed";

    /** Where a stack file usually begins: the hint for an empty one. */
    private static final String START = "begin with viking:, with name: under it";

    private final Findings findings;

    StackReader(Findings findings) {
        this.findings = findings;
    }

    Optional<StackFile> read(String text) {
        Optional<Node> root = new YamlReader(text, findings).read();
        if (root.isEmpty() || root.get() instanceof Node.Scalar scalar && scalar.isNothing()) {
            if (!findings.any()) findings.problem("empty-file", findings.at(0, 0), "the file is empty (expected: a stack)", START);
            return Optional.empty();
        }
        Optional<Section> top = Section.of(root.get(), "the file", TOP, findings);
        return top.flatMap(section -> read(section, root.get()));
    }

    private Optional<StackFile> read(Section top, Node root) {
        Optional<Section> viking = top.find("viking").flatMap(node -> Section.of(node, "viking", VIKING, findings));
        if (!top.has("viking")) findings.problem("missing-key", root.at(), "viking: missing (expected: a mapping with the stack's name)", START);
        Places.Notes places = new Places.Notes(root.at());
        String name = viking.flatMap(this::name).orElse(UNNAMED);
        viking.flatMap(section -> section.find("name")).ifPresent(node -> places.note("name", node.at()));
        String comment = viking.flatMap(section -> section.word("comment", "a text")).orElse("");
        List<String> require = viking.map(section -> require(section, name, places)).orElse(List.of());
        Map<String, Build> builds = new LinkedHashMap<>();
        top.find("build").ifPresent(node -> readBuilds(node, name, builds));
        List<StackService> services = new ArrayList<>();
        top.find("deploy").ifPresent(node -> readServices(node, name, services));
        if (!top.has("deploy") && !top.has("build")) {
            findings.problem("missing-key", root.at(), "deploy: missing (expected: the stack's services)", "");
        }
        if (!name.equals(UNNAMED)) new CrossChecks(name, builds, services, findings).run();
        List<ImageBuild> ordered = new BuildOrder(name, builds, findings).sorted();
        return Optional.of(new StackFile(name, comment, require, ordered, services, places.places()));
    }

    /** @param places of its name, and of its parents by theirs ({@code viking:shop/base}) */
    record Build(ImageBuild build, Places places) {}

    private Optional<String> name(Section viking) {
        if (!viking.has("name")) {
            findings.problem("missing-key", viking.at(), "viking.name: missing (expected: the stack's name)", "");
            return Optional.empty();
        }
        Optional<String> name = viking.text("name");
        if (name.isEmpty()) return name;
        boolean reserved = Names.dns(name.get()).equals(Names.TASKS_STACK);
        if (Names.isStack(name.get()) && !Names.dns(name.get()).isEmpty() && !reserved) return name;
        findings.unexpected(viking.find("name").map(Node::at).orElse(viking.at()), "viking.name", Findings.shown(name.get()),
                reserved ? "another name: the tasks of a queue stand in the stack " + Names.TASKS_STACK : "1 to 63 letters, digits or _, not only _");
        return Optional.empty();
    }

    private List<String> require(Section viking, String own, Places.Notes places) {
        List<String> stacks = viking.texts("require");
        for (Section.Item item : viking.items("require")) {
            if (!(item.node() instanceof Node.Scalar scalar) || !stacks.contains(scalar.text())) continue;
            places.note("require." + scalar.text(), scalar.at());
            if (!Names.isStack(scalar.text()) || scalar.text().equals(own)) {
                findings.unexpected(scalar.at(), item.path(), Findings.shown(scalar.text()), "the name of another stack");
            }
        }
        return stacks;
    }

    private void readBuilds(Node node, String stack, Map<String, Build> builds) {
        if (!(node instanceof Node.Fields images)) {
            findings.wrongType(node, "build", "a mapping from image names to Dockerfiles");
            return;
        }
        if (tooMany("build", images, StackFile.MAX_IMAGES, "images")) return;
        for (Node.Field field : images.fields()) {
            String path = "build." + Findings.shown(field.key());
            if (!Names.isPart(field.key()) || Names.dns(field.key()).isEmpty()) {
                findings.unexpected(field.keyAt(), "build", Findings.shown(field.key()), "an image name of 1 to 63 letters, digits, _ . or -");
            } else if (field.value() instanceof Node.Scalar scalar && !scalar.isNothing() && !scalar.isFlag() && !scalar.isNumber()) {
                Dockerfile dockerfile = Dockerfile.parse(scalar.text());
                DockerfileChecks checks = new DockerfileChecks(path, scalar, dockerfile, findings);
                checks.run();
                builds.put(field.key(), new Build(new ImageBuild(new ImageName(stack, field.key()), dockerfile), checks.parents(field.keyAt())));
            } else {
                findings.problem("wrong-type", field.value().at(), path + ": " + field.value().shown() + " (expected: the text of a Dockerfile)",
                        "write | after the colon and the Dockerfile indented below");
            }
        }
    }

    private void readServices(Node node, String stack, List<StackService> services) {
        if (!(node instanceof Node.Fields fields)) {
            findings.wrongType(node, "deploy", "a mapping from service names to services");
            return;
        }
        if (tooMany("deploy", fields, StackFile.MAX_SERVICES, "services")) return;
        for (Node.Field field : fields.fields()) {
            if (!Names.isPart(field.key())) {
                findings.unexpected(field.keyAt(), "deploy", Findings.shown(field.key()), "a service name of 1 to 63 letters, digits, _ . or -");
            } else {
                new ServiceReader(field, "deploy." + field.key(), stack, Dialect.STACK_FILE, findings).read().ifPresent(services::add);
            }
        }
    }

    private boolean tooMany(String path, Node.Fields fields, int most, String what) {
        if (fields.fields().size() <= most) return false;
        findings.problem("too-large", fields.at(), path + ": " + fields.fields().size() + " " + what + " (expected: at most " + most + ")",
                "split the file into several stacks");
        return true;
    }
}
