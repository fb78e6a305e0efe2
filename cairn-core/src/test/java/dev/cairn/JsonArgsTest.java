package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cairn.spi.Middleware;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonArgsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();

  @JobKind("json_letter")
  record Letter(String to, int copies) {}

  private static CairnBuilder builder() {
    return Cairn.builder(database.dataSource()).schema(database.schema());
  }

  @Test
  void aWorkerGetsThemAsItsClass() {
    BlockingQueue<Letter> letters = new LinkedBlockingQueue<>();
    Cairn worker =
        builder()
            .workers(
                Workers.builder()
                    .register(Letter.class, (job, context) -> letters.add(job.args()))
                    .build())
            .queue("default", 1)
            .build();
    worker.start();
    try {
      builder().build().insert(JsonArgs.of("json_letter", "{\"to\": \"ada\", \"copies\": 2}"));
      worker.insert(JsonArgs.of("json_letter", "{\"copies\": 3, \"to\": \"ben\"}"));

      await().atMost(Duration.ofMinutes(1)).until(() -> letters.size() == 2);
      assertThat(letters).contains(new Letter("ada", 2), new Letter("ben", 3));
    } finally {
      worker.stop();
    }
  }

  @Test
  void theyAreStoredAsTheyAreByEachWayToInsert() {
    Cairn inserter = builder().build();
    String json = "{\"amount\": 12345678901234567890.123456789, \"name\": \"o'brien\"}";
    InsertOptions options = InsertOptions.defaults().withTags("json");
    JobInsert insert = JobInsert.of(JsonArgs.of("json_stored", json), options);

    JobRow row = inserter.insert(insert.args(), options).job();
    assertThat(inserter.insertManyFast(List.of(insert))).isEqualTo(1);

    assertThat(row.kind()).isEqualTo("json_stored");
    assertThat(
            database.number(
                "SELECT count(*) FROM %s.river_job WHERE kind = 'json_stored' AND args = ?::jsonb"
                    .formatted(database.schema()),
                json))
        .isEqualTo(2);
  }

  @Test
  void middlewareKnowsTheirKind() {
    List<String> seen = new CopyOnWriteArrayList<>();
    Cairn inserter =
        builder()
            .middleware(
                Letter.class,
                Middleware.beforeInsert(job -> {
                  seen.add(job.kind());
                  return job;
                }))
            .build();

    inserter.insertMany(
        List.of(
            JobInsert.of(JsonArgs.of("json_letter", "{}")),
            JobInsert.of(JsonArgs.of("json_other", "{}")),
            JobInsert.of(new Letter("cleo", 1))));

    assertThat(seen).containsExactly("json_letter", "json_letter");
  }

  @Test
  void theyAreUniqueByKindButNotByTheirArguments() {
    Cairn inserter = builder().build();
    JsonArgs args = JsonArgs.of("json_unique", "{\"number\": 1}");
    InsertOptions byKind = InsertOptions.defaults().withUnique(UniqueOptions.byKind());

    assertThat(inserter.insert(args, byKind).isDuplicate()).isFalse();
    assertThat(inserter.insert(args, byKind).isDuplicate()).isTrue();
    assertThatThrownBy(() ->
            inserter.insert(
                args, InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("kind 'json_unique'")
        .hasMessageContaining("insert it with its class [CAIRN-203]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[1]", "7", "null", "{", "{\"a\": \"\\u0000\"}"})
  void onlyAnObjectThatCanBeStoredIsTaken(String json) {
    assertThatThrownBy(() -> JsonArgs.of("json_letter", json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the arguments of kind 'json_letter'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a", "two words", "line\nend"})
  void aMalformedKindIsRefused(String kind) {
    assertThatThrownBy(() -> JsonArgs.of(kind, "{}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[CAIRN-102]");
  }

  @Test
  void aClientWithWorkersRefusesAKindThatItDoesNotKnow() {
    Cairn worker =
        builder()
            .workers(Workers.builder().register(Letter.class, (job, context) -> {}).build())
            .build();

    assertThatThrownBy(() -> worker.insert(JsonArgs.of("json_other", "{}")))
        .isInstanceOf(UnknownKindException.class);
  }
}
