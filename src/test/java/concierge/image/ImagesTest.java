package concierge.image;

import static org.assertj.core.api.Assertions.assertThat;

import concierge.executor.ImageEngine;
import concierge.model.Digest;
import concierge.model.Dockerfile;
import concierge.model.ImageBuild;
import concierge.model.ImageName;
import concierge.model.Parsed;
import concierge.model.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ImagesTest {
    private static final ImageBuild BASE = image("base", "FROM busybox\nRUN echo base\n");
    private static final ImageBuild APP = image("app", "FROM viking:My_Shop/base AS b\nCOPY . /srv\n");
    private static final Digest CONTEXT = Digest.of("context");

    private final FakeImageEngine engine = new FakeImageEngine();
    private final Images images = new Images(engine, "one");

    @Test
    void buildsParentsFirstAndNamesThemInTheChildren() {
        BuildPlan plan = plan(CONTEXT, BASE, APP);
        List<BuildEvent> events = new ArrayList<>();

        BuildOutcome outcome = images.build(plan, Images.NO_CONTEXT, false, events::add);

        String base = plan.steps().getFirst().reference();
        assertThat(base).matches("concierge/my-shop-base:[0-9a-f]{12}");
        assertThat(engine.builds.getLast().dockerfile()).isEqualTo("FROM " + base + " AS b\nCOPY . /srv\n");
        assertThat(engine.builds.getLast().labels()).containsEntry("concierge.installation", "one");
        assertThat(outcome).isEqualTo(new BuildOutcome.Built(plan.references()));
        assertThat(events).contains(new BuildEvent.Started(new ImageName("My_Shop", "app"), plan.steps().getLast().reference(), "not built yet", 2, 2));
        assertThat(events).contains(new BuildEvent.Output(new ImageName("My_Shop", "base"), "Step 1"));
    }

    @Test
    void unchangedImagesAreNotBuiltAgain() {
        build(plan(CONTEXT, BASE, APP));

        assertThat(plan(CONTEXT, BASE, APP).steps()).noneMatch(BuildPlan.Step::build).allMatch(step -> step.reason().equals("unchanged"));
        build(plan(CONTEXT, BASE, APP));
        assertThat(engine.builds).hasSize(2);
    }

    @Test
    void aChangedContextBuildsOnlyWhatReadsIt() {
        build(plan(CONTEXT, BASE, APP));

        assertThat(plan(Digest.of("other"), BASE, APP).steps()).extracting(BuildPlan.Step::build).containsExactly(false, true);
        assertThat(plan(Digest.of("other"), BASE, APP).steps().getLast().reason()).contains("changed");
    }

    @Test
    void aChangedParentBuildsItsChildren() {
        build(plan(CONTEXT, BASE, APP));

        assertThat(plan(CONTEXT, image("base", "FROM busybox\nRUN echo changed"), APP).steps()).allMatch(BuildPlan.Step::build);
    }

    @Test
    void triggersOfAParentMakeTheContextCount() {
        ImageBuild trigger = image("base", "FROM busybox\nONBUILD COPY . /srv");
        ImageBuild child = image("child", "FROM viking:My_Shop/base");
        build(plan(CONTEXT, trigger, child));

        assertThat(plan(Digest.of("other"), trigger, child).steps()).extracting(BuildPlan.Step::build).containsExactly(false, true);
    }

    @Test
    void buildingAnewGivesNewNamesThatStay() {
        build(plan(CONTEXT, BASE, APP));
        BuildPlan anew = good(new Images.Request(List.of(BASE, APP), Optional.of(CONTEXT), _ -> Optional.empty(), true));
        build(anew);

        assertThat(anew.steps().getFirst().reference()).endsWith("-r1");
        assertThat(anew.steps()).allMatch(BuildPlan.Step::build);
        assertThat(plan(CONTEXT, BASE, APP).references()).isEqualTo(anew.references());
    }

    @Test
    void anotherStacksImageIsLookedUp() {
        ImageBuild child = image("child", "FROM viking:infra/base");
        assertThat(good(new Images.Request(List.of(child), Optional.of(CONTEXT), _ -> Optional.of("concierge/infra-base:1"), false)).steps().getFirst().dockerfile())
                .isEqualTo("FROM concierge/infra-base:1");
        assertThat(problems(new Images.Request(List.of(child), Optional.of(CONTEXT), _ -> Optional.empty(), false)))
                .containsExactly("build.child: viking:infra/base is not built (expected: a built image); deploy stack infra first");
    }

    @Test
    void aNeededContextMustBeThere() {
        assertThat(problems(new Images.Request(List.of(BASE, APP), Optional.empty(), _ -> Optional.empty(), false))).singleElement().asString().contains("build.app: needs the build context");
        assertThat(good(new Images.Request(List.of(BASE), Optional.empty(), _ -> Optional.empty(), false)).steps()).hasSize(1);
    }

    @Test
    void twoInstallationsOnOneEngineNameTheirOwn() {
        String mine = plan(CONTEXT, BASE).steps().getFirst().reference();
        Parsed<BuildPlan> other = new Images(engine, "two").plan(new Images.Request(List.of(BASE), Optional.of(CONTEXT), _ -> Optional.empty(), false));

        assertThat(((Parsed.Good<BuildPlan>) other).value().steps().getFirst().reference()).isNotEqualTo(mine);
    }

    @Test
    void aFailingStepIsToldWithItsOutput() {
        BuildPlan plan = plan(CONTEXT, BASE, image("bad", "FROM busybox\nRUN fail"));

        BuildOutcome outcome = images.build(plan, Images.NO_CONTEXT, false, _ -> {});

        assertThat(outcome).isInstanceOfSatisfying(BuildOutcome.Failed.class, failed -> {
            assertThat(failed.output()).containsExactly("oh no");
            assertThat(failed.problem().message()).isEqualTo("build.bad: RUN fail: exit code 7");
        });
        assertThat(engine.builds).hasSize(1);
    }

    @Test
    void pruningKeepsTheUsedAndTheNewest() {
        List<String> references = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            BuildPlan plan = plan(CONTEXT, image("base", "FROM busybox\nRUN echo " + i));
            build(plan);
            references.add(plan.steps().getFirst().reference());
        }

        images.prune(references.getFirst()::equals);

        assertThat(engine.images().keySet()).containsExactlyInAnyOrder(
                references.get(0), references.get(5), references.get(6), references.get(7), references.get(8), references.get(9));
    }

    @Test
    void pruningLeavesWhatOthersMadeAndGoesOnAfterWhatIsInUse() {
        List<String> references = new ArrayList<>();
        for (int version = 0; version < Images.KEPT_UNUSED + 3; version++) {
            BuildPlan plan = plan(Digest.of("v" + version), image("src", "FROM busybox\nCOPY . /\n"));
            build(plan);
            references.add(plan.steps().getFirst().reference());
        }
        ImageEngine.BuiltImage built = engine.images().get(references.getFirst());
        for (int i = 0; i < Images.KEPT_UNUSED + 3; i++) engine.images().put("mine:" + i, new ImageEngine.BuiltImage("mine:" + i, "sha256:mine" + i, built.inputs(), 1));
        engine.busy.add(references.get(1));

        Images.Removed removed = images.prune(_ -> false);

        assertThat(removed.removed()).containsExactlyInAnyOrder(references.get(0), references.get(2));
        assertThat(removed.kept()).containsExactly("image " + references.get(1) + ": in use");
    }

    @Test
    void aParentThatWasBuiltOnAnotherEngineIsBroughtBeforeTheBuild() {
        List<String> brought = new ArrayList<>();
        Images fetching = new Images(engine, "installation", Optional.of((reference, progress) -> {
            progress.accept("fetching " + reference);
            brought.add(reference);
        }));
        ImageName other = new ImageName("other", "base");
        Images.Request request = new Images.Request(List.of(image("src", "FROM viking:other/base\n")), Optional.of(Digest.of("c")),
                name -> name.equals(other) ? Optional.of("concierge/other-base:aaaaaaaaaaaa") : Optional.empty(), false);
        List<BuildEvent> events = new ArrayList<>();
        fetching.build(good(request), Images.NO_CONTEXT, false, events::add);
        assertThat(brought).containsExactly("concierge/other-base:aaaaaaaaaaaa");
        assertThat(events).contains(new BuildEvent.Output(new ImageName("My_Shop", "src"), "fetching concierge/other-base:aaaaaaaaaaaa"));
    }

    @Test
    void removingAllLeavesWhatOthersMadeOfItAndTellsWhatIsInUse() {
        BuildPlan plan = plan(Digest.of("context"), image("src", "FROM busybox\n"), image("other", "FROM busybox\nRUN x\n"));
        build(plan);
        String src = plan.steps().getFirst().reference();
        String other = plan.steps().getLast().reference();
        ImageEngine.BuiltImage built = engine.images().get(src);
        engine.images().put("registry.test/shop/src:1", new ImageEngine.BuiltImage("registry.test/shop/src:1", built.id(), built.inputs(), 1));
        engine.images().put("mine:1", new ImageEngine.BuiltImage("mine:1", "sha256:mine", built.inputs(), 1));
        engine.busy.add(other);

        Images.Removed removed = images.removeAll();

        assertThat(removed.removed()).containsExactlyInAnyOrder(src, "registry.test/shop/src:1");
        assertThat(removed.kept()).containsExactly("image " + other + ": in use");
        assertThat(engine.images().keySet()).containsExactlyInAnyOrder("mine:1", other);
    }

    private BuildPlan plan(Digest context, ImageBuild... builds) {
        return good(new Images.Request(List.of(builds), Optional.of(context), _ -> Optional.empty(), false));
    }

    private BuildPlan good(Images.Request request) {
        return switch (images.plan(request)) {
            case Parsed.Good<BuildPlan>(BuildPlan plan, List<Problem> _) -> plan;
            case Parsed.Bad<BuildPlan>(List<Problem> problems) -> throw new AssertionError(problems.toString());
        };
    }

    private List<String> problems(Images.Request request) {
        return switch (images.plan(request)) {
            case Parsed.Good<BuildPlan> _ -> List.of();
            case Parsed.Bad<BuildPlan>(List<Problem> problems) -> problems.stream().map(Problem::toString).toList();
        };
    }

    private void build(BuildPlan plan) {
        assertThat(images.build(plan, Images.NO_CONTEXT, false, _ -> {})).isInstanceOf(BuildOutcome.Built.class);
    }

    private static ImageBuild image(String name, String dockerfile) {
        return new ImageBuild(new ImageName("My_Shop", name), Dockerfile.parse(dockerfile));
    }
}
