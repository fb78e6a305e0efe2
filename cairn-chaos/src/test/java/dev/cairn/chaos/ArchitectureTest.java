package dev.cairn.chaos;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The attacks come from outside: they use only what a user of Cairn can use. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void nothingInsideOfCairnIsUsed() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cairn.internal..")
        .check(CLASSES);
  }

  @Test
  void aLifeDoesNotKnowWhatBefallsIt() {
    noClasses()
        .that()
        .resideInAPackage("dev.cairn.chaos.life")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cairn.chaos.matrix")
        .check(CLASSES);
  }
}
