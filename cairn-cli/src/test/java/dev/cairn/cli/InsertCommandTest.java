package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class InsertCommandTest {
  private final FreshDatabase database = MigratedDatabase.fresh();

  private CommandRun insert(String... more) {
    var args = new ArrayList<>(List.of("insert", "--database-url", Address.of(database)));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private JobRow job(long id) {
    return Cairn.builder(database.dataSource()).build().jobs().find(id).orElseThrow();
  }

  @Test
  void aJobIsInsertedWithAllThatIsSaid() {
    CommandRun run =
        insert(
            "send_email",
            "--args",
            "{\"to\": \"ada@example.org\"}",
            "--queue",
            "mail",
            "--priority",
            "3",
            "--max-attempts",
            "7",
            "--at",
            "2126-11-27T08:00:00Z",
            "--tag",
            "night",
            "--tag",
            "customer-7",
            "--metadata",
            "{\"customer\": 7}",
            "--json");

    assertThat(run.exitCode()).as(run.err()).isZero();
    JsonNode said = JsonMapper.shared().readTree(run.out());
    assertThat(said.path("state").asString()).isEqualTo("scheduled");
    JobRow job = job(said.path("id").asLong());
    assertThat(job.kind()).isEqualTo("send_email");
    assertThat(job.args()).isEqualTo("{\"to\": \"ada@example.org\"}");
    assertThat(job.queue()).isEqualTo("mail");
    assertThat(job.priority()).isEqualTo(3);
    assertThat(job.maxAttempts()).isEqualTo(7);
    assertThat(job.scheduledAt()).isEqualTo("2126-11-27T08:00:00Z");
    assertThat(job.tags()).containsExactly("night", "customer-7");
    assertThat(job.metadata()).contains("\"customer\": 7");
  }

  @Test
  void aFileHoldsTheArgumentsAndAPendingJobWaits(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("args.json"), "{\"name\": \"Ωmega\"}");

    CommandRun run = insert("from_file", "--args", "@" + file, "--pending");

    assertThat(run.out().strip())
        .isEqualTo("inserted job 1 of kind from_file into queue default: pending");
    assertThat(job(1).args()).isEqualTo("{\"name\": \"Ωmega\"}");
    assertThat(job(1).state()).isEqualTo(JobState.PENDING);
  }

  @ParameterizedTest
  @CsvSource({"90s, PT1M30S", "5m, PT5M", "12h, PT12H", "1d12h, PT36H"})
  void aJobIsDueSomeTimeFromNow(String given, Duration delay) {
    CommandRun run = insert("send_email", "--in", given);

    assertThat(run.out()).contains("scheduled");
    assertThat(Duration.between(job(1).createdAt(), job(1).scheduledAt()))
        .isBetween(delay, delay.plusSeconds(60));
  }

  @Test
  void aTimeAndADelayExcludeEachOther() {
    CommandRun run = insert("send_email", "--in", "5m", "--at", "2126-11-27T08:00:00Z");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .contains("--at=TIME, --in=DURATION are mutually exclusive (specify only one)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "k           | {}          | --queue=default | must have 2 to",
        "send_email  | [1]         | --queue=default | must be a JSON object",
        "send_email  | {           | --queue=default | is not JSON",
        "send_email  | @no-such    | --queue=default | cannot be read",
        "send_email  | {}          | --priority=5    | priority",
        "send_email  | {}          | --at=tomorrow   | --at",
        "send_email  | {}          | --in=tomorrow   | 90s, 15m, 2h or 1d12h",
        "send_email  | {}          | --in=5          | 90s, 15m, 2h or 1d12h",
        "send_email  | {}          | --in=0s         | delay must be positive",
        "send_email  | {}          | --in=99999999999d | 90s, 15m, 2h or 1d12h",
        "send_email  | {}          | --in=999999999d   | at most 36500 days",
      })
  void whatIsWrongIsSaidAndNothingIsInserted(
      String kind, String args, String option, String message) {
    CommandRun run = insert(kind, "--args", args, option);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains(message);
    assertThat(run.out()).isEmpty();
  }
}
