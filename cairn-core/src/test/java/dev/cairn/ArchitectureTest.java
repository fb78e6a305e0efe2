package dev.cairn;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.cairn.migrate.Migrator;
import dev.cairn.spi.MiddlewareContext;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rooms of the house and the arrows between them. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  /** As docs/architecture.md says: these stand in front of what is behind the API. */
  private static final Set<String> IN_FRONT =
      Set.of("dev.cairn.Cairn", "dev.cairn.CairnBuilder", "dev.cairn.migrate.Migrator");

  private static final int LINES_MAX = 500;
  private static final int FIELDS_MAX = 17;
  private static final int PARAMETERS_MAX = 7;
  private static final Path PAGE = Path.of("..", "docs", "architecture.md");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([\\w.]+)` \\| (.*) \\|$");
  private static final Pattern NAMED_FILE = Pattern.compile("`([\\w./]*[A-Z]\\w+)`");
  private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/");
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (?:static )?(dev\\.cairn(?:\\.[a-z]+)*)\\.(\\w+)");
  private static final Pattern ROOM = Pattern.compile("`([\\w.]+)`");

  @Test
  void eachRoomKnowsTheRoomsThatThePageSays() throws IOException {
    assertThat(knownByTheClasses()).isEqualTo(knownByThePage());
  }

  @Test
  void eachRoomKnowsLowerRoomsOnly() throws IOException {
    Set<String> lower = new TreeSet<>();
    knownByThePage()
        .forEach((room, known) -> {
          assertThat(lower).as("below " + room).containsAll(known);
          lower.add(room);
        });
  }

  /** The compiler copies a constant, so a class that uses only constants of another is no arrow. */
  @Test
  void constantsComeFromLowerRoomsToo() throws IOException {
    List<String> rooms = List.copyOf(knownByThePage().keySet());
    Path root = Path.of("src/main/java");
    for (Path file : sources(root)) {
      String name = root.relativize(file).toString().replace('/', '.').replace(".java", "");
      if (!name.endsWith("-info") && !IN_FRONT.contains(name)) {
        String source = COMMENT.matcher(Files.readString(file)).replaceAll("");
        for (MatchResult used : IMPORT.matcher(source).results().toList()) {
          if (source.split("\\b" + used.group(2) + "\\b", -1).length > 2) {
            assertThat(rooms.indexOf(room(used.group(1))))
                .as("%s needs %s", name, used.group(1) + '.' + used.group(2))
                .isBetween(0, rooms.indexOf(room(name.substring(0, name.lastIndexOf('.')))));
          }
        }
      }
    }
  }

  private static Map<String, Set<String>> knownByThePage() throws IOException {
    String page = Files.readString(PAGE);
    String section =
        page.substring(page.indexOf("### Who knows whom"), page.indexOf("## Where to look"));
    var known = new LinkedHashMap<String, Set<String>>();
    for (MatchResult row : ROW.matcher(section).results().toList()) {
      Set<String> rooms = new TreeSet<>();
      ROOM.matcher(row.group(2)).results().forEach(room -> rooms.add(room.group(1)));
      known.put(row.group(1), rooms);
    }
    return known;
  }

  private static Map<String, Set<String>> knownByTheClasses() {
    var known = new TreeMap<String, Set<String>>();
    for (JavaClass type : CLASSES) {
      String room = room(type);
      Set<String> rooms = known.computeIfAbsent(room, it -> new TreeSet<>());
      if (!IN_FRONT.contains(outermost(type).getName())) {
        type.getDirectDependenciesFromSelf().stream()
            .map(dependency -> dependency.getTargetClass().getBaseComponentType())
            .filter(target -> target.getPackageName().startsWith("dev.cairn"))
            .map(ArchitectureTest::room)
            .filter(target -> !target.equals(room))
            .forEach(rooms::add);
      }
    }
    return known;
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }

  /** Without what all rooms have in common. */
  private static String room(JavaClass type) {
    return room(type.getPackageName());
  }

  private static String room(String name) {
    return name.equals("dev.cairn") ? name : name.substring("dev.cairn.".length());
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

  /** All others know it by the interfaces of {@code internal.store}. */
  @Test
  void onlyTheBuilderAndTheMigratorOpenThePostgresRoom() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.cairn.internal.postgres..")
        .and()
        .doNotBelongToAnyOf(CairnBuilder.class, Migrator.class)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.cairn.internal.postgres..")
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

  /** A class with more needs a part of its own. Records only carry what others have made. */
  @Test
  void noClassHasManyFieldsOrAConstructorWithManyParameters() {
    for (JavaClass type : CLASSES) {
      if (!type.isRecord() && !type.isEnum() && !type.isAnonymousClass() && !type.isLocalClass()) {
        assertThat(type.getFields())
            .as(type.getName())
            .filteredOn(field -> !field.getModifiers().contains(JavaModifier.STATIC))
            .hasSizeLessThanOrEqualTo(FIELDS_MAX);
        int parametersMax = PARAMETERS_MAX + (type.isInnerClass() ? 1 : 0);
        assertThat(type.getConstructors())
            .as(type.getName())
            .allMatch(each -> each.getRawParameterTypes().size() <= parametersMax);
      }
    }
  }

  @Test
  void eachFileThatThePageNamesIsThere() throws IOException {
    String page = Files.readString(PAGE);
    String table =
        page.substring(page.indexOf("## Where to look"), page.indexOf("## The path of a job"));
    List<String> names =
        NAMED_FILE.matcher(table).results().map(it -> it.group(1).replace('.', '/')).toList();
    assertThat(names).hasSizeGreaterThan(25);

    List<String> files = new ArrayList<>();
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."), "cairn-*")) {
      for (Path module : modules) {
        sources(module.resolve("src/main/java")).forEach(it -> files.add(it.toString()));
      }
    }
    for (String name : names) {
      assertThat(files).as(name).anyMatch(file -> file.endsWith("/" + name + ".java"));
    }
  }

  @Test
  void noNamesThatSayNothing() {
    noClasses()
        .should()
        .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl)(\\$.*)?")
        .check(CLASSES);
  }

  @Test
  void aLongFileSaysWhyItIsLong() throws IOException {
    var sources = new ArrayList<Path>();
    try (DirectoryStream<Path> modules = Files.newDirectoryStream(Path.of(".."), "cairn-*")) {
      for (Path module : modules) {
        sources.addAll(sources(module.resolve("src/main/java")));
      }
    }
    assertThat(sources).hasSizeGreaterThan(500);
    for (Path file : sources) {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() > LINES_MAX) {
        assertThat(lines)
            .as("%s", file)
            .anyMatch(line -> line.startsWith(" * Longer than " + LINES_MAX + " lines because "));
      }
    }
  }

  private static List<Path> sources(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".java")).toList();
    }
  }
}
