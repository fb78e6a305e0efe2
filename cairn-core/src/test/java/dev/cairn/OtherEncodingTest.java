package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.embedded.FreshDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A database that is not UTF-8. */
class OtherEncodingTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  private final String name = "latin_" + UUID.randomUUID().toString().replace("-", "");
  private DataSource latin1 = database.dataSource();
  private Cairn client = Cairn.builder(latin1).build();

  @JobKind("foreign")
  record Foreign(String text) {}

  @BeforeEach
  void createDatabase() {
    database.execute(
        "CREATE DATABASE %s TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'".formatted(name));
    FreshDatabase server = database.fresh();
    latin1 =
        new FreshDatabase(server.host(), server.port(), name, server.user(), server.password())
            .dataSource();
    Migrator.of(latin1).up();
  }

  @AfterEach
  void dropDatabase() {
    client.stopNow();
    database.execute("DROP DATABASE %s WITH (FORCE)".formatted(name));
  }

  private JobRow worked(Worker<Foreign> worker, JobState state) {
    client =
        Cairn.builder(latin1)
            .workers(Workers.builder().register(Foreign.class, worker).build())
            .queue("default", 2)
            .pollInterval(Duration.ofMillis(50))
            .build();
    client.start();
    long id = client.insert(new Foreign("é"), InsertOptions.defaults().withMaxAttempts(1)).id();
    return Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> client.jobs().find(id).orElseThrow(), job -> job.state() == state);
  }

  @Test
  void whatItCannotHoldOfAnErrorIsReplacedAndSeen() {
    JobRow job =
        worked(
            (foreign, context) -> {
              throw new IllegalStateException("costs 5 € in " + foreign.args().text() + " 😀");
            },
            JobState.DISCARDED);

    assertThat(job.errors().getFirst().error()).isEqualTo("costs 5 \\u20ac in é \\ud83d\\ude00");
    assertThat(job.errors().getFirst().trace()).contains("\\u20ac", "OtherEncodingTest");
  }

  @Test
  void whatItCannotHoldOfAnOutputIsReplacedAndSeen() {
    JobRow job =
        worked(
            (foreign, context) -> {
              context.recordOutput(List.of("5 €", "é", "\\u20ac"));
              context.setMetadata("mark", "“quoted”");
            },
            JobState.COMPLETED);

    assertThat(job.output()).hasValue("[\"5 \\\\u20ac\",\"é\",\"\\\\u20ac\"]");
    assertThat(job.metadata()).contains("\\\\u201cquoted\\\\u201d");
  }

  @Test
  void whatItCannotHoldOfAnItemsErrorIsReplacedAndSeen() {
    JobRow job =
        worked(
            (foreign, context) ->
                Steps.of(context)
                    .failedItems(ItemPolicy.quarantine())
                    .forEach(
                        "all",
                        Sources.range(0, 1),
                        item -> {
                          throw new IllegalStateException("5 €");
                        }),
            JobState.COMPLETED);

    assertThat(client.jobs().quarantined(job.id()).getFirst().error()).contains("5 \\u20ac");
  }

  @Test
  void argumentsAndResultsThatItCannotHoldAreRefused() {
    JobRow job =
        worked(
            (foreign, context) -> {
              Steps steps = Steps.of(context);
              String ignored = steps.step("price", String.class, () -> "5 €");
              steps.step("later", () -> {});
            },
            JobState.DISCARDED);

    assertThat(job.errors().getFirst().error()).contains("LATIN1");
    assertThatThrownBy(() -> client.insert(new Foreign("5 €")))
        .isInstanceOf(CairnException.class)
        .hasMessageContaining("LATIN1");
  }
}
