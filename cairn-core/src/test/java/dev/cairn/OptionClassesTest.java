package dev.cairn;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.internal.options.Options;
import dev.cairn.jobs.JobClient;
import dev.cairn.jobs.JobCursor;
import dev.cairn.jobs.JobOperator;
import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobUpdate;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.Queues;
import dev.cairn.migrate.MigrationOptions;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.StepPlan;
import dev.cairn.resumable.VersionChange;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.schedule.PeriodicJobs;
import dev.cairn.source.Sources;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * What users build to say how something is done can get further settings in a minor version: it is
 * a final class without a public constructor, and each setting has an accessor and a wither.
 */
class OptionClassesTest {
  private static final Every HOURLY = Every.of(Duration.ofHours(1));
  private static final PeriodicJob.Factory FACTORY = due -> null;
  private static final VersionChange CHANGE = progress -> VersionChange.Decision.RESTART;
  private static final DataSource DATABASE = new PGSimpleDataSource();

  /**
   * What the withers are called with, by the name of their parameter, where the type is not enough.
   */
  private static final Map<String, Object> ARGUMENTS =
      Map.of("object", "{}", "contained", "{}", "sql", "true", "to", "new");

  /** Withers that change more than one setting at once. */
  private static final Map<String, Set<String>> JOINT =
      Map.of(
          "Keyset.where", Set.of("condition", "parameters"),
          "StepPlan.version", Set.of("version", "change"));

  /** Withers that take another setting back, by its name. */
  private static final Map<String, String> REPLACING =
      Map.of("InsertOptions.withScheduledAt", "delay");

  /** Settings without a wither: given when the object is made, or said by another setting. */
  private static final Map<String, Set<String>> GIVEN =
      Map.ofEntries(
          entry("Every", Set.of("interval")),
          entry("ItemPolicy", Set.of("action", "most", "share")),
          entry("JobInsert", Set.of("kind")),
          entry("Keyset", Set.of("dataSource", "table")),
          entry("PeriodicJob", Set.of("id", "schedule", "factory")),
          entry("StepPlan", Set.of("names")));

  /** JUnit needs the constructor: its users register what they have made. */
  private static final Set<String> MADE_BY_USERS = Set.of("CairnExtension");

  /** Records that users hand in as they were given them. */
  private static final Set<String> RECORDS_HANDED_IN =
      Set.of("FileSource FilePosition", "JobQuery JobCursor");

  private static final Set<Class<?>> CALLED_INTERFACES =
      Set.of(
          WorkContext.class,
          JobClient.class,
          JobInserter.class,
          Jobs.class,
          JobOperator.class,
          Queues.class,
          PeriodicJobs.class,
          Cursor.class);

  /** Types that are read, nested ones too. */
  private static final Pattern MAY_GROW =
      Pattern.compile(
          "^(?:  )?((?:(?:public|static|protected|sealed) )*)(record|enum|interface) (\\w+)",
          Pattern.MULTILINE);

  private static final Pattern INTERFACE =
      Pattern.compile("^public (sealed )?(@?interface)", Pattern.MULTILINE);

  private static final Pattern IMPLEMENTED = Pattern.compile("implements (\\w+)");

  private static final Pattern ARTIFACT =
      Pattern.compile(
          "<groupId>dev\\.cairn</groupId>\\s*<artifactId>([\\w-]+)</artifactId>\\s*<version>\\$");

  private static final Map<String, String> PARTS =
      Map.of("record", "components", "enum", "constants", "interface", "types");

  static Stream<Object> options() {
    return Stream.of(
        InsertOptions.defaults(),
        QueueOptions.of(1),
        Retention.defaults(),
        UniqueOptions.byKind(),
        JobQuery.all(),
        JobUpdate.nothing(),
        JobInsert.of(JsonArgs.of("kind", "{}")),
        ResumePolicy.defaults(),
        ItemPolicy.skip(2),
        ResumableLimits.defaults(),
        StepPlan.of("new"),
        MigrationOptions.defaults(),
        HOURLY,
        PeriodicJob.of("id", HOURLY, FACTORY),
        Sources.keyset(DATABASE, "table"));
  }

  @Test
  void allClassesOfOptionsAreTried() throws Exception {
    List<Class<?>> withOptions =
        exported()
            .filter(type -> type != CairnBuilder.class) // which changes itself
            .filter(type ->
                type == JobInsert.class // with plain fields, because there are so many
                    || Stream.of(type.getDeclaredFields())
                        .anyMatch(field -> field.getType() == Options.class))
            .toList();

    assertThat(options().map(Object::getClass)).hasSameElementsAs(withOptions);
  }

  @Test
  void noRecordHasWithers() throws Exception {
    assertThat(
            exported()
                .filter(Class::isRecord)
                .filter(type -> !withers(type).isEmpty())
                .map(Class::getName))
        .isEmpty();
  }

  @Test
  void noMethodAsksUsersForARecord() throws Exception {
    Set<String> records = new TreeSet<>();
    for (Class<?> type : exported().filter(OptionClassesTest::isCalledByUsers).toList()) {
      Stream.of(type.getDeclaredMethods())
          .filter(method -> Modifier.isPublic(method.getModifiers()))
          .flatMap(method -> Stream.of(method.getParameterTypes()))
          .filter(it -> it.isRecord() && it.getName().startsWith("dev.cairn."))
          .forEach(it -> records.add(type.getSimpleName() + " " + it.getSimpleName()));
    }

    assertThat(records).isEqualTo(RECORDS_HANDED_IN);
  }

  /** The other interfaces are implemented by users, or used by extensions. */
  private static boolean isCalledByUsers(Class<?> type) {
    return type.isInterface() ? CALLED_INTERFACES.contains(type) : !type.isRecord();
  }

  /** The modules whose types users see: all that are published, but for the command line. */
  static List<String> modules() throws IOException {
    return ARTIFACT
        .matcher(Files.readString(Path.of("..", "cairn-bom", "pom.xml")))
        .results()
        .map(artifact -> artifact.group(1).equals("cairn") ? "cairn-core" : artifact.group(1))
        .filter(module -> !module.equals("cairn-cli"))
        .filter(module -> Files.exists(Path.of("..", module, "src", "main", "java")))
        .toList();
  }

  static List<String> otherModules() throws IOException {
    return modules().stream().filter(module -> !module.equals("cairn-core")).toList();
  }

  @Test
  void publishedModulesAreRead() throws IOException {
    assertThat(modules())
        .contains("cairn-core", "cairn-spring-boot-starter-test", "cairn-testing")
        .doesNotContain("cairn-bom")
        .hasSizeGreaterThan(10);
  }

  /** The sources of a module that is published, without its inner packages. */
  private static List<Path> sources(String module) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("..", module, "src", "main", "java"))) {
      return files
          .filter(it -> it.toString().endsWith(".java"))
          .filter(it -> !it.toString().contains("internal"))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void whatIsReadSaysWhetherItGrows(String module) throws IOException {
    List<Path> sources = sources(module);
    assertThat(sources).isNotEmpty();

    for (Path file : sources) {
      String source = Files.readString(file);
      if (!source.contains("\npublic ")) {
        continue;
      }
      Matcher declaration = MAY_GROW.matcher(source);
      while (declaration.find()) {
        if (isRead(declaration, INTERFACE.matcher(source).find())) {
          assertSaysWhetherItGrows(source, declaration);
        }
      }
    }
  }

  /** What is nested in an interface is public without saying so. */
  private static boolean isRead(Matcher declaration, boolean isInInterface) {
    String modifiers = declaration.group(1);
    boolean isPublic =
        modifiers.contains("public") || (isInInterface && declaration.group().startsWith("  "));
    return isPublic && (!declaration.group(2).equals("interface") || modifiers.contains("sealed"));
  }

  /** It says so itself, or the sealed type that it implements, or its outer type. */
  private static void assertSaysWhetherItGrows(String source, Matcher declaration) {
    String header = source.substring(declaration.end(), source.indexOf('{', declaration.end()));
    String said =
        docBefore(source, declaration.start())
            + IMPLEMENTED
                .matcher(header)
                .results()
                .map(it -> source.indexOf("sealed interface " + it.group(1)))
                .map(place -> docBefore(source, place))
                .collect(Collectors.joining())
            + source.substring(0, source.indexOf("\npublic "));
    String part = PARTS.get(declaration.group(2));
    assertThat(said.replaceAll("\\s+\\*?\\s*", " "))
        .as(declaration.group(3))
        .containsPattern("([Mm]ay get|[Gg]ets no) further (%s|types)".formatted(part));
  }

  /** The last javadoc before a place; empty if there is no such place. */
  private static String docBefore(String source, int place) {
    int begin = source.lastIndexOf("/**", place);
    return place < 0 || begin < 0 ? "" : source.substring(begin, place);
  }

  /** As the classes of options of the core, which are tried one by one. */
  @ParameterizedTest
  @MethodSource("modules")
  void aClassWithWithersIsFinalAndHasNoPublicConstructor(String module) throws IOException {
    for (Path file : sources(module)) {
      String source = Files.readString(file);
      String name = file.getFileName().toString().replace(".java", "");
      if (!MADE_BY_USERS.contains(name)
          && Pattern.compile("\n  public %s(<\\w+>)? with[A-Z]".formatted(name))
              .matcher(source)
              .find()) {
        assertThat(source)
            .as(name)
            .containsPattern("\npublic final class " + name + "\\b")
            .doesNotContain("\n  public " + name + "(");
      }
    }
  }

  /** Classes of options in other modules keep their fields: only the core sees {@link Options}. */
  @ParameterizedTest
  @MethodSource("otherModules")
  void noRecordOfAnotherModuleHasWithers(String module) throws IOException {
    for (Path file : sources(module)) {
      String source = Files.readString(file);
      String name = file.getFileName().toString().replace(".java", "");
      if (source.contains("\npublic record " + name + "(")) {
        assertThat(source).as(name).doesNotContainPattern("\n  public " + name + " with");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("options")
  void isAFinalClassWithoutAPublicConstructor(Object options) {
    assertThat(Modifier.isFinal(options.getClass().getModifiers())).isTrue();
    assertThat(options.getClass().getConstructors()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("options")
  void eachWitherChangesItsSettingAndNoOther(Object options) throws Exception {
    Class<?> type = options.getClass();
    Object one = options;
    Object other = options;
    var changed = new TreeSet<String>(GIVEN.getOrDefault(type.getSimpleName(), Set.of()));

    for (Method wither : withers(type)) {
      Object before = one;
      one = call(wither, one);
      other = call(wither, other);

      Set<String> differing = differing(before, one);
      String name = type.getSimpleName() + "." + wither.getName();
      String replaced = REPLACING.get(name);
      if (replaced != null) {
        assertThat(differing.remove(replaced)).as(name).isTrue();
        assertThat(values(one).get(replaced)).isEqualTo(values(options).get(replaced));
      }
      Set<String> joint = JOINT.get(name);
      assertThat(differing).as("%s", wither).hasSize(joint == null ? 1 : joint.size());
      assertThat(joint == null ? differing : joint).isEqualTo(differing);
      assertThat(one)
          .as("%s", wither)
          .isNotEqualTo(before)
          .isEqualTo(other)
          .hasSameHashCodeAs(other);
      assertThat(one).doesNotHaveSameHashCodeAs(before).hasToString(other.toString());
      assertThat(one.toString())
          .isNotEqualTo(before.toString())
          .startsWith(type.getSimpleName() + "[")
          .contains(differing);
      changed.addAll(differing);
    }

    // Tried apart: a query with a cursor keeps its order.
    assertThat(changed).isEqualTo(without("order", values(options).keySet()));
  }

  private static Set<String> without(String name, Set<String> names) {
    var others = new TreeSet<>(names);
    others.remove(name);
    return others;
  }

  @Test
  void anOrderChangesNothingElseOfAQuery() {
    JobQuery query = JobQuery.all().withLimit(2).orderBy(JobQuery.Order.TIME);

    assertThat(query.order()).isEqualTo(JobQuery.Order.TIME);
    assertThat(query.limit()).isEqualTo(2);
    assertThat(query.orderBy(JobQuery.Order.ID)).isEqualTo(JobQuery.all().withLimit(2));
  }

  @Test
  void whatIsSetToItsInitialValueEqualsWhatWasNotSet() {
    assertThat(JobQuery.all().withLimit(100)).isEqualTo(JobQuery.all());
    assertThat(JobInsert.of("args", InsertOptions.defaults())).isEqualTo(JobInsert.of("args"));
    assertThat(InsertOptions.defaults()).hasToString("InsertOptions[]");
  }

  private static List<Method> withers(Class<?> type) {
    return Stream.of(type.getDeclaredMethods())
        .filter(method -> isOfInstances(method) && method.getReturnType() == type)
        .filter(method -> !method.getName().equals("orderBy")) // not with a cursor of another order
        .sorted(Comparator.comparing(Method::getName))
        .toList();
  }

  private static boolean isOfInstances(Method method) {
    return Modifier.isPublic(method.getModifiers()) && !Modifier.isStatic(method.getModifiers());
  }

  private static Set<String> differing(Object one, Object other) throws Exception {
    Map<String, Object> before = values(one);
    Map<String, Object> after = values(other);
    var differing = new TreeSet<>(before.keySet());
    differing.removeIf(name -> Objects.equals(before.get(name), after.get(name)));
    return differing;
  }

  /** What its accessors say. */
  private static Map<String, Object> values(Object options) throws Exception {
    var values = new TreeMap<String, Object>();
    for (Method method : options.getClass().getDeclaredMethods()) {
      if (isOfInstances(method)
          && method.getParameterCount() == 0
          && method.getReturnType() != options.getClass()
          && !Set.of("hashCode", "toString").contains(method.getName())) {
        values.put(method.getName(), method.invoke(options));
      }
    }
    return values;
  }

  private static Object call(Method wither, Object options) throws Exception {
    var arguments = new ArrayList<Object>();
    for (Parameter parameter : wither.getParameters()) {
      Object named =
          parameter.getType() == String.class ? ARGUMENTS.get(parameter.getName()) : null;
      arguments.add(named == null ? argument(parameter) : named);
    }
    return wither.invoke(options, arguments.toArray());
  }

  private static Object argument(Parameter parameter) {
    return switch (parameter.getParameterizedType().getTypeName()) {
      case "int", "java.lang.Integer" -> 2;
      case "long" -> 2L;
      case "double" -> 0.5;
      case "java.lang.String" -> "text";
      case "java.lang.Object" ->
          parameter.getDeclaringExecutable().getDeclaringClass() == JobInsert.class
              ? JsonArgs.of("kind", "{\"n\": 2}")
              : "text";
      case "java.lang.String[]" -> new String[] {"text"};
      case "java.lang.Object[]" -> new Object[] {"text"};
      case "java.lang.Integer[]" -> new Integer[] {2};
      case "dev.cairn.JobState[]" -> new JobState[] {JobState.COMPLETED};
      case "java.util.Set<java.lang.Long>" -> Set.of(2L);
      case "java.util.Set<dev.cairn.JobState>" -> EnumSet.allOf(JobState.class);
      case "java.util.Map<java.lang.String, java.lang.Object>" -> Map.of();
      case "java.time.Duration" -> Duration.ofHours(2);
      case "java.time.Instant" -> Instant.parse("2030-01-01T00:00:00Z");
      case "dev.cairn.InsertOptions" -> InsertOptions.defaults().withPriority(3);
      case "dev.cairn.UniqueOptions" -> UniqueOptions.byKind();
      case "dev.cairn.Retention" -> Retention.defaults().withCompleted(Duration.ZERO);
      case "dev.cairn.jobs.JobCursor" -> new JobCursor(JobQuery.Order.ID, null, 7);
      case "dev.cairn.resumable.VersionChange" -> CHANGE;
      default -> lastConstant(parameter);
    };
  }

  private static Object lastConstant(Parameter parameter) {
    Object[] constants = parameter.getType().getEnumConstants();
    assertThat(constants)
        .as("an argument for %s of %s", parameter, parameter.getDeclaringExecutable())
        .isNotNull();
    return constants[constants.length - 1];
  }

  /** The public types of the packages that are exported. */
  private static Stream<Class<?>> exported() throws IOException, ClassNotFoundException {
    var found = new ArrayList<Class<?>>();
    Path root = Path.of("target", "classes");
    try (Stream<Path> files = Files.walk(root.resolve("dev"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".class")).toList()) {
        String name = root.relativize(file).toString().replace('/', '.').replace(".class", "");
        if (!name.contains(".internal.") && !name.endsWith("-info")) {
          found.add(Class.forName(name));
        }
      }
    }
    return found.stream().filter(OptionClassesTest::isPublic);
  }

  private static boolean isPublic(Class<?> type) {
    @Nullable Class<?> outer = type.getEnclosingClass();
    return Modifier.isPublic(type.getModifiers()) && (outer == null || isPublic(outer));
  }
}
