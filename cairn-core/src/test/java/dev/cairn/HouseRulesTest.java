package dev.cairn;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.cairn.internal.client.KindMiddleware;
import dev.cairn.internal.client.OwnMiddleware;
import dev.cairn.resumable.ResumableMiddleware;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.Middleware;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules of CONTRIBUTING.md that are not about arrows between rooms. */
class HouseRulesTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  private static final Path SOURCES = Path.of("src", "main", "java", "dev", "cairn");
  private static final String POSTGRES = "dev.cairn.internal.postgres";

  /** A place that has a number instead of a name. */
  private static final Pattern NUMBERED_PLACE = Pattern.compile("%\\d\\$s");

  /** What an outcome means is a method of {@code Outcome}, unless it concerns one room only. */
  private static final int SWITCHES_MAX = 4;

  @Test
  void jacksonIsInTheApiOnlyWhereItsMapperIsHandedIn() {
    Set<String> withJackson = new TreeSet<>();
    for (JavaClass type : CLASSES) {
      if (isExported(type)) {
        Stream.concat(type.getMethods().stream(), type.getConstructors().stream())
            .filter(HouseRulesTest::isCalledByUsers)
            .filter(HouseRulesTest::namesJackson)
            .forEach(it -> withJackson.add(type.getName()));
      }
    }

    assertThat(withJackson).containsExactly(JacksonCodec.class.getName());
  }

  private static boolean isExported(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && !type.getPackageName().contains(".internal");
  }

  private static boolean isCalledByUsers(JavaCodeUnit method) {
    return method.getModifiers().contains(JavaModifier.PUBLIC)
        || method.getModifiers().contains(JavaModifier.PROTECTED);
  }

  private static boolean namesJackson(JavaCodeUnit method) {
    return Stream.concat(
            Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
        .map(JavaClass::getBaseComponentType)
        .anyMatch(it -> it.getName().contains(".jackson."));
  }

  /** {@code PostgresXStore} implements {@code XStore}, and {@code XSql} only composes a text. */
  @Test
  void theSuffixOfAClassWithStatementsSaysWhatItDoes() {
    for (JavaClass type : CLASSES) {
      String name = type.getSimpleName();
      Set<String> stores =
          type.getRawInterfaces().stream()
              .filter(it -> it.getPackageName().equals("dev.cairn.internal.store"))
              .map(JavaClass::getSimpleName)
              .collect(Collectors.toSet());
      if (type.getPackageName().equals(POSTGRES) && name.matches("Postgres.*Store")) {
        assertThat(stores).as(name).containsExactly(name.substring("Postgres".length()));
      }
      if (stores.stream().anyMatch(it -> it.endsWith("Store"))) {
        assertThat(name).startsWith("Postgres");
      }
    }
    noClasses()
        .that()
        .resideInAPackage(POSTGRES)
        .and()
        .haveSimpleNameEndingWith("Sql")
        .should()
        .accessClassesThat()
        .haveNameMatching(".*\\.(Session|Database|Connection|PreparedStatement)")
        .check(CLASSES);
  }

  @Test
  void statementsHaveNamedPlaces() throws IOException {
    for (String room : List.of("internal/postgres", "source")) {
      for (Path file : sources(SOURCES.resolve(room))) {
        assertThat(Files.readString(file)).as("%s", file).doesNotContainPattern(NUMBERED_PLACE);
      }
    }
  }

  @Test
  void fewPlacesTellTheOutcomesApart() throws IOException {
    int switches = 0;
    for (Path file : sources(SOURCES)) {
      switches +=
          (int)
              Stream.of(Files.readString(file).split("\\bswitch \\(", -1))
                  .skip(1)
                  .filter(it -> it.contains("case Outcome."))
                  .count();
    }

    assertThat(switches).isBetween(1, SWITCHES_MAX);
  }

  /** A client's own middleware is in one list: whoever reads it knows them all. */
  @Test
  void onlyOneListNamesTheOwnMiddlewareOfAClient() {
    Set<String> inside =
        CLASSES.stream()
            .filter(it -> it.isAssignableTo(Middleware.class) && !it.isInterface())
            .map(JavaClass::getName)
            .filter(it -> it.contains(".internal.") || it.contains(".resumable."))
            .collect(Collectors.toSet());

    assertThat(inside)
        .containsExactlyInAnyOrder(
            KindMiddleware.class.getName(), ResumableMiddleware.class.getName());
    noClasses()
        .that()
        .doNotBelongToAnyOf(OwnMiddleware.class, ResumableMiddleware.class)
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ResumableMiddleware.class)
        .check(CLASSES);
  }

  private static List<Path> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(it -> it.toString().endsWith(".java")).toList();
    }
  }
}
