package dev.cairn;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.Architectures;
import dev.cairn.spi.MiddlewareContext;
import java.lang.reflect.Method;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rooms of the house and the arrows between them. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  @Test
  void theArrowsBetweenTheRooms() {
    Architectures.layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("api")
        .definedBy("dev.cairn")
        .layer("resumable")
        .definedBy("dev.cairn.resumable..")
        .layer("log")
        .definedBy("dev.cairn.log..")
        .layer("migrate")
        .definedBy("dev.cairn.migrate..")
        .layer("schedule")
        .definedBy("dev.cairn.schedule..")
        .layer("spi")
        .definedBy("dev.cairn.spi..")
        .layer("work")
        .definedBy("dev.cairn.internal.work..")
        .layer("upkeep")
        .definedBy("dev.cairn.internal.upkeep..")
        .layer("store")
        .definedBy("dev.cairn.internal.store..")
        .layer("postgres")
        .definedBy("dev.cairn.internal.postgres..")
        .layer("concurrent")
        .definedBy("dev.cairn.internal.concurrent..")
        .layer("options")
        .definedBy("dev.cairn.internal.options..")
        .whereLayer("resumable")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("resumable")
        .mayOnlyAccessLayers("api", "spi", "options")
        .whereLayer("log")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("log")
        .mayOnlyAccessLayers("api", "spi")
        .whereLayer("schedule")
        .mayOnlyAccessLayers("api", "options")
        .whereLayer("work")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("work")
        .mayOnlyAccessLayers("api", "spi", "store", "concurrent")
        .whereLayer("upkeep")
        .mayOnlyBeAccessedByLayers("api")
        .whereLayer("upkeep")
        .mayOnlyAccessLayers("api", "schedule", "spi", "store", "concurrent")
        .whereLayer("store")
        .mayOnlyAccessLayers("api", "spi")
        .whereLayer("postgres")
        .mayOnlyBeAccessedByLayers("api", "migrate")
        .whereLayer("spi")
        .mayOnlyAccessLayers("api")
        .whereLayer("concurrent")
        .mayNotAccessAnyLayer()
        .whereLayer("options")
        .mayOnlyBeAccessedByLayers("api", "resumable", "schedule", "migrate")
        .whereLayer("options")
        .mayNotAccessAnyLayer()
        .check(CLASSES);
  }

  @Test
  void onlyTheClientAndItsPartsOpenTheEngineRoom() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.cairn", "dev.cairn.event", "dev.cairn.jobs")
        .and()
        .haveNameNotMatching("dev\\.cairn\\.(Cairn|CairnBuilder)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("dev\\.cairn\\.internal\\.(?!options\\.|json\\.).*")
        .check(CLASSES);
  }

  @Test
  void onlyThePostgresRoomRunsStatementsAndSourcesReadTheTablesOfTheirUsers() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.cairn.internal.postgres..", "dev.cairn.source..")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("java\\.sql\\.(PreparedStatement|Statement|ResultSet)|org\\.postgresql.*")
        .check(CLASSES);
  }

  @Test
  void theContextOfAWorkerIsSmallAndThatOfMiddlewareHasTheRest() {
    assertThat(WorkContext.class.getMethods()).hasSizeLessThanOrEqualTo(12);
    assertThat(MiddlewareContext.class.getDeclaredMethods())
        .extracting(Method::getName)
        .contains("checkpoints", "quarantine", "waits", "publish", "put");
  }

  /** These three had 19 to 27: more than twelve say that a class is missing. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "dev.cairn.CairnBuilder",
        "dev.cairn.internal.work.Attempt",
        "dev.cairn.internal.work.Engine"
      })
  void theCentresOfTheHouseHaveAtMostTwelveFields(String name) {
    assertThat(CLASSES.get(name).getFields())
        .filteredOn(field -> !field.getModifiers().contains(JavaModifier.STATIC))
        .hasSizeLessThanOrEqualTo(12);
  }

  @Test
  void noNamesThatSayNothing() {
    noClasses()
        .should()
        .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)(\\$.*)?")
        .check(CLASSES);
  }
}
