package dev.cairn.benchmarks;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.Architectures;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The packages of the benchmarks, and their dependencies. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void noRoomNeedsItselfByWayOfAnother() {
    slices().matching("dev.cairn.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void theArrowsBetweenTheSharedRooms() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("commands")
        .definedBy("dev.cairn.benchmarks")
        .layer("contenders")
        .definedBy("dev.cairn.benchmarks.contenders")
        .layer("measure")
        .definedBy("dev.cairn.benchmarks.measure")
        .layer("figures")
        .definedBy("dev.cairn.benchmarks.figures")
        .whereLayer("commands")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("contenders")
        .mayOnlyAccessLayers("measure")
        .whereLayer("measure")
        .mayOnlyAccessLayers("figures")
        .whereLayer("figures")
        .mayNotAccessAnyLayer()
        .check(CLASSES);
  }

  @Test
  void noRoomNeedsAnotherThanTheSharedOnes() {
    slices()
        .matching("dev.cairn.benchmarks.(*)")
        .should()
        .notDependOnEachOther()
        .ignoreDependency(
            alwaysTrue(),
            resideInAnyPackage(
                "dev.cairn.benchmarks.contenders",
                "dev.cairn.benchmarks.measure",
                "dev.cairn.benchmarks.figures"))
        .check(CLASSES);
  }
}
