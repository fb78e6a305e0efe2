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
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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

  private static final Path SOURCES =
      Path.of("..", "cairn-core", "src", "main", "java", "dev", "cairn");
  private static final String POSTGRES = "dev.cairn.internal.postgres";

  /** A place that has a number instead of a name. */
  private static final Pattern NUMBERED_PLACE = Pattern.compile("%\\d\\$[sd]");

  /** Inside of a client, whoever knows middleware could have some of its own. */
  private static final Set<String> KNOW_MIDDLEWARE =
      Set.of(
          "internal/client/Inserting.java",
          "internal/client/KindMiddleware.java",
          "internal/client/OwnMiddleware.java",
          "internal/work/Handlers.java",
          "internal/work/MiddlewareChain.java",
          "resumable/ResumableMiddleware.java");

  /** The operations of a client that join the transaction of their thread. */
  private static final Pattern JOINS =
      Pattern.compile(
          "(?:[cC]lient|[cC]airn)(?:\\(\\))?\\s*"
              + "(?:\\.\\s*(?:jobs|queues)\\(\\)(?!\\s*\\.\\s*\\w+\\(\\s*connection,)"
              + "|::(?:jobs|queues)\\b)");

  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*");

  /**
   * Programs, which join no transaction of anybody, and what says that it looks at the transaction
   * of a test.
   */
  private static final Pattern MAY_JOIN =
      Pattern.compile(
          "cairn-(benchmarks|chaos|cli|examples|\\w+-sample)/.*|.*/(InsertedJobs|MemoryWaits)\\.java");

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
    return Stream.concat(Stream.of(method.getReturnType()), method.getParameterTypes().stream())
        .flatMap(it -> it.getAllInvolvedRawTypes().stream())
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

  /** Wherever there is SQL: it names its schema in braces. */
  @Test
  void statementsHaveNamedPlaces() throws IOException {
    Set<String> modules = new TreeSet<>();
    for (Path file : sourcesOfAllModules()) {
      String source = Files.readString(file);
      if (source.contains("{schema}") || file.startsWith(SOURCES.resolve("internal/postgres"))) {
        assertThat(source).as("%s", file).doesNotContainPattern(NUMBERED_PLACE);
        modules.add(file.getName(1).toString());
      }
    }
    assertThat(modules).contains("cairn-core", "cairn-dashboard", "cairn-doctor", "cairn-chaos");
  }

  @Test
  void eachPackageSaysWhatBelongsThere() throws IOException {
    Set<Path> packages = new TreeSet<>();
    for (Path file : sourcesOfAllModules()) {
      if (!file.endsWith("module-info.java")) {
        packages.add(file.resolveSibling("package-info.java"));
      }
    }

    assertThat(packages).hasSizeGreaterThan(50).allMatch(Files::exists);
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

  /** Middleware may also be a lambda, which is no class. */
  @Test
  void fewClassesInsideOfAClientKnowMiddleware() throws IOException {
    Set<String> knowing = new TreeSet<>();
    for (String room : List.of("internal", "resumable")) {
      for (Path file : sources(SOURCES.resolve(room))) {
        if (Files.readString(file).contains("\nimport dev.cairn.spi.Middleware;")) {
          knowing.add(SOURCES.relativize(file).toString());
        }
      }
    }

    assertThat(knowing).isEqualTo(KNOW_MIDDLEWARE);
  }

  /**
   * As decision 034 says: what acts for somebody who is told the result acts outside of the
   * transaction of its thread, or on a connection of its own.
   */
  @Test
  void librariesActOutsideOfTheTransactionOfTheirThread() throws IOException {
    Set<String> outside = new TreeSet<>();
    for (Path file : sourcesOfAllModules()) {
      if (!MAY_JOIN.matcher(Path.of("..").relativize(file).toString()).matches()) {
        String source = COMMENT.matcher(Files.readString(file)).replaceAll("");
        assertThat(source).as("%s", file).doesNotContainPattern(JOINS);
        if (source.contains(".outside()")) {
          outside.add(file.getName(1).toString());
        }
      }
    }

    assertThat(outside)
        .contains(
            "cairn-core",
            "cairn-dashboard",
            "cairn-observability",
            "cairn-spring-boot",
            "cairn-testing");
    assertThat("client.queues().backlog()").containsPattern(JOINS);
    assertThat("context.client()\n    .jobs()\n    .find(id)").containsPattern(JOINS);
    assertThat("new Routes(cairn::jobs)").containsPattern(JOINS);
    assertThat("client.outside().jobs().find(id)").doesNotContainPattern(JOINS);
    assertThat("client\n  .jobs()\n  .find(connection, id)").doesNotContainPattern(JOINS);
  }

  private static List<Path> sourcesOfAllModules() throws IOException {
    var all = new ArrayList<Path>();
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."), "cairn-*")) {
      for (Path module : modules) {
        Path folder = module.resolve("src/main/java");
        if (Files.exists(folder)) {
          all.addAll(sources(folder));
        }
      }
    }
    return all;
  }

  private static List<Path> sources(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(it -> it.toString().endsWith(".java")).toList();
    }
  }
}
