package dev.cairn;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import dev.cairn.migrate.Migrator;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The rooms know each other in one direction only, but for the types that stand in front of what is
 * behind the API: the client, its builder and the migrator
 * (docs/decisions/031-two-factories-and-the-client.md).
 */
class PackageCyclesTest {
  private static final int TYPES_MAX = 40;

  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  private static final class ByPackage implements SliceAssignment {
    @Override
    public SliceIdentifier getIdentifierOf(JavaClass type) {
      return SliceIdentifier.of(type.getPackageName());
    }

    @Override
    public String getDescription() {
      return "packages";
    }
  }

  @Test
  void noPackageDependsOnItselfByWayOfOthers() {
    var inFront = belongToAnyOf(Cairn.class, CairnBuilder.class, Migrator.class);
    SlicesRuleDefinition.slices()
        .assignedFrom(new ByPackage())
        .should()
        .beFreeOfCycles()
        .ignoreDependency(inFront, alwaysTrue())
        .ignoreDependency(alwaysTrue(), inFront)
        .check(CLASSES);
  }

  @Test
  void theApiOfEverydayUseIsSmall() {
    List<JavaClass> types =
        CLASSES.stream()
            .filter(type -> type.getPackageName().equals("dev.cairn"))
            .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
            .filter(JavaClass::isTopLevelClass)
            .toList();

    assertThat(types).hasSizeLessThanOrEqualTo(TYPES_MAX);
  }
}
