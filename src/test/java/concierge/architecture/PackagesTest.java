package concierge.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The arrows of docs/ARCHITECTURE.md. Changing one takes a decision record. */
class PackagesTest {
    /** Each package and what it may import of ours, subpackages included. */
    private static final Map<String, String> ARROWS = new TreeMap<>(Map.ofEntries(
            Map.entry("model", ""),
            Map.entry("json", "model"),
            Map.entry("runtime", "model"),
            Map.entry("archive", "model"),
            Map.entry("plan", "model"),
            Map.entry("store", "model"),
            Map.entry("state", "model json store"),
            Map.entry("executor", "model json runtime"),
            Map.entry("image", "model archive executor"),
            Map.entry("source", "model json runtime store state"),
            Map.entry("control", "model plan state store runtime"),
            Map.entry("agent", "model executor image state store runtime"),
            Map.entry("follow", "json runtime"),
            Map.entry("router", "model json runtime follow"),
            Map.entry("dns", "model follow"),
            Map.entry("security", "model json store state"),
            Map.entry("peer", "model json executor image state store"),
            Map.entry("config", "model json"),
            Map.entry(
                    "server",
                    "model json runtime archive plan store state executor image source control agent router security config peer"),
            Map.entry("cli", "model json runtime archive config security")));

    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests()).importPackages("concierge");

    @Test
    void packagesImportOnlyAlongTheArrows() {
        ARROWS.forEach((from, to) -> {
            TreeSet<String> allowed = new TreeSet<>(Arrays.asList(to.split(" ")));
            allowed.add(from);
            String[] patterns = allowed.stream().filter(name -> !name.isEmpty()).map(name -> "concierge." + name + "..").toArray(String[]::new);
            DescribedPredicate<JavaClass> ours = resideInAnyPackage("concierge..");
            noClasses()
                    .that()
                    .resideInAPackage("concierge." + from + "..")
                    .should()
                    .dependOnClassesThat(ours.and(DescribedPredicate.not(resideInAnyPackage(patterns))))
                    .because("docs/ARCHITECTURE.md lets " + from + " import only: " + to)
                    .allowEmptyShould(true)
                    .check(CLASSES);
        });
    }

    @Test
    void everyPackageHasItsArrows() {
        TreeSet<String> found = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            String[] parts = type.getPackageName().split("\\.");
            if (parts.length > 1) found.add(parts[1]);
        }
        assertThat(ARROWS.keySet()).containsAll(found);
    }

    @Test
    void aStackFileIsReadWithoutTheState() {
        noClasses().that().resideInAPackage("concierge.source.stackfile..")
                .should().dependOnClassesThat().resideInAnyPackage("concierge.store..", "concierge.state..", "concierge.runtime..")
                .check(CLASSES);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("concierge.(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void subPackagesHaveNoCycles() {
        for (String divided : new String[] {"agent", "cli", "server"}) slices().matching("concierge." + divided + ".(*)..").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void theCoresHaveNoThreadsLocksOrClocks() {
        String[] forbidden = {"java.util.concurrent..", "java.net..", "java.nio.file..", "java.sql..", "org.slf4j.."};
        for (String core : new String[] {"concierge.control.ControlCore", "concierge.agent.core.AgentCore", "concierge.source.portier.PortierCore"}) {
            noClasses()
                    .that()
                    .haveNameMatching(core.replace(".", "\\.") + "(\\$.*)?")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .orShould()
                    .callMethod(java.time.Instant.class, "now")
                    .orShould()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .dependOnClassesThat()
                    .areAssignableTo(Thread.class)
                    .allowEmptyShould(true)
                    .check(CLASSES);
        }
    }

    @Test
    void thePlannerIsPure() {
        noClasses()
                .that()
                .resideInAPackage("concierge.plan..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.io..", "java.net..", "java.nio..", "java.sql..", "org.slf4j..", "java.util.concurrent..")
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(java.util.Random.class)
                .allowEmptyShould(true)
                .check(CLASSES);
    }

    @Test
    void theModelNeedsTheJdkAlone() {
        classes()
                .that()
                .resideInAPackage("concierge.model..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage("concierge.model..", "java..", "org.jspecify..")
                .check(CLASSES);
    }
}
