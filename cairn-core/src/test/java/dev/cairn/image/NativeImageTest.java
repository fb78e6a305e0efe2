package dev.cairn.image;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.internal.postgres.MigrationScript;
import dev.cairn.migrate.MigrationDirection;
import dev.cairn.resumable.Steps;
import dev.cairn.source.FilePosition;
import dev.cairn.source.Keyset;
import dev.cairn.source.Nested;
import dev.cairn.source.Page;
import dev.cairn.source.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** What a native image needs to know of Cairn's own is in its jar. */
class NativeImageTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final JavaClasses CLASSES =
      new ClassFileImporter().importPath(Path.of("target", "classes"));

  private final ReachabilityMetadata metadata = ReachabilityMetadata.read();

  @JobKind("read_all")
  record ReadAll(String file) {}

  @Test
  void theMetadataNamesWhatThereIs() throws Exception {
    for (String type : metadata.boundTypes()) {
      assertThat(BoundTypes.isOurs(Class.forName(type))).as(type).isTrue();
    }
  }

  @Test
  void everyMigrationIsAResource() {
    assertThat(MigrationScript.all())
        .hasSizeGreaterThan(10)
        .allSatisfy(script -> {
          for (MigrationDirection direction : MigrationDirection.values()) {
            String name =
                String.format(
                    Locale.ROOT,
                    "dev/cairn/migrate/%s/%03d_%s.%s.sql",
                    script.line(),
                    script.version(),
                    script.name(),
                    direction);
            assertThat(metadata.hasResource(name)).as(name).isTrue();
            assertThat(getClass().getClassLoader().getResource(name)).as(name).isNotNull();
          }
        });
  }

  /** Every codec of the core's tests does the same, by {@link BoundTypes}. */
  @Test
  void aJobThatReadsEverySourceBindsOnlyTypesInTheMetadata(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("lines.txt"), "one\ntwo\nthree\n");
    database.execute("CREATE TABLE IF NOT EXISTS bound (id bigint PRIMARY KEY)");
    database.execute("INSERT INTO bound SELECT generate_series(1, 20) ON CONFLICT DO NOTHING");

    long id =
        clients
            .start(
                ReadAll.class,
                (job, context) -> readEverything(Steps.of(context), Path.of(job.args().file())))
            .insert(new ReadAll(file.toString()))
            .id();
    clients.await(id, JobState.COMPLETED);

    assertThat(BoundTypes.seen())
        .contains(
            FilePosition.class, Keyset.Position.class, Page.Position.class, Nested.Position.class);
  }

  private static void readEverything(Steps steps, Path file) throws Exception {
    var table = Sources.keyset(database.dataSource(), "bound").key("id");
    var rows = table.rows(row -> row.getLong("id"));
    var pages = Sources.<String>pages(token -> new Page<>(List.of("a", "b"), null));
    steps.forEach("lines", Sources.lines(file), item -> {});
    steps.forEach("rows", rows, item -> {});
    steps.forEachInParts("parts", rows, 2, item -> {});
    steps.forEach("range", Sources.range(0, 3), item -> {});
    steps.forEach("files", Sources.files(file.resolveSibling(".")), item -> {});
    steps.forEach("pages", pages, item -> {});
    steps.forEach(
        "nested",
        Sources.nested(
            Sources.list(List.of("x", "y")), FilePosition.class, outer -> Sources.lines(file)),
        item -> {});
  }

  /** These write and read by Jackson without a codec. The types that they bind are known here. */
  @Test
  void whoeverBindsWithoutACodecIsKnown() {
    Set<String> binding =
        CLASSES.that(not(resideInAPackage("dev.cairn.spi"))).stream()
            .filter(each -> each.getMethodCallsFromSelf().stream().anyMatch(NativeImageTest::binds))
            .map(each -> each.getSimpleName())
            .collect(Collectors.toSet());

    assertThat(binding)
        .as("a class that binds by Jackson: add what it binds to reachability-metadata.json")
        .containsExactlyInAnyOrder(
            "KeysetSource", // Bounds and Keyset.Position
            "Fence", // FencedClaim.Follow
            "Redrive", // String[]
            "RiverState", // String
            "TextMembers", // a map of texts
            "AttemptMetadata", // String
            "FinishStatements", // an ObjectNode
            "JobHistory"); // a map of numbers and texts
    assertThat(metadata.boundTypes())
        .contains(
            Keyset.Position.class.getName(),
            "dev.cairn.source.KeysetSource$Bounds",
            "dev.cairn.internal.store.FencedClaim$Follow");
  }

  private static boolean binds(JavaMethodCall call) {
    return (call.getTargetOwner().isAssignableTo(ObjectMapper.class)
            || call.getTargetOwner().isAssignableTo(ObjectReader.class)
            || call.getTargetOwner().isAssignableTo(ObjectWriter.class))
        && call.getName()
            .matches("(read|write|update)Values?(As.*)?|convertValue|treeToValue|valueToTree");
  }

  @Test
  void aTypeThatIsNotInTheMetadataIsFound() {
    var mapper = JsonMapper.builder().addModule(new BoundTypes(type -> false)).build();
    var position = new Page.Position("token", 1, false);

    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> mapper.writeValueAsString(position))
        .withMessageContaining("dev.cairn.source.Page$Position");
    assertThatExceptionOfType(AssertionError.class)
        .isThrownBy(() -> mapper.readValue("{}", Page.Position.class))
        .withMessageContaining("reachability-metadata.json");
    assertThat(mapper.writeValueAsString(new ReadAll("x"))).contains("x");
  }
}
