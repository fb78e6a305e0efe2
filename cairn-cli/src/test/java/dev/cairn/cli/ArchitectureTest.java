package dev.cairn.cli;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** There is one way to print. */
class ArchitectureTest {
  private static final String PRINTERS = "dev\\.cairn\\.cli\\.(Output|PlainStream|Main)";

  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void onlyOutputPrints() {
    noClasses()
        .that()
        .haveNameNotMatching(PRINTERS)
        .should()
        .callMethodWhere(
            target(owner(assignableTo(PrintWriter.class)))
                .or(target(owner(assignableTo(PrintStream.class))))
                .and(target(nameMatching("print.*|write|append|format"))))
        .check(CLASSES);
  }

  @Test
  void onlyOutputKnowsTheStandardStreams() {
    noClasses()
        .that()
        .haveNameNotMatching(PRINTERS)
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void onlyPicturesHaveSequencesForTerminals() {
    noClasses()
        .that()
        .haveNameNotMatching(
            "dev\\.cairn\\.cli\\.demo\\.BarDisplay|dev\\.cairn\\.cli\\.(Output|Picture.*|Screen)")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("dev\\.cairn\\.cli\\.Picture.*")
        .check(CLASSES);
  }
}
