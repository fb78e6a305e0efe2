package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Arguments that somebody wrote who wants more than to have a job done. */
class HostileArgumentsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  /** With a member that takes anything, which is where attackers of decoders look. */
  @JobKind("anything")
  record Anything(@Nullable Object thing) {}

  /** Its creation would be seen. */
  public static final class Gadget {
    private static final AtomicBoolean MADE = new AtomicBoolean();

    public Gadget() {
      MADE.set(true);
    }
  }

  private static long insert(String args) {
    return database.number(
        """
        INSERT INTO river_job (kind, args, max_attempts, priority)
        VALUES ('anything', ?::jsonb, 1, 1) RETURNING id
        """,
        args);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"thing\": {\"@class\": \"GADGET\"}}",
        "{\"thing\": [\"GADGET\", {}]}",
        "{\"thing\": {\"@type\": \"GADGET\"}}",
        "{\"thing\": {\"class\": \"GADGET\"}}",
        "{\"@class\": \"GADGET\", \"thing\": {\"GADGET\": {}}}"
      })
  void aNameOfAClassIsTextAndNothingElse(String args) {
    var seen = new AtomicReference<@Nullable Object>();
    clients.start(Anything.class, (job, context) -> seen.set(job.args().thing()));

    long id = insert(args.replace("GADGET", Gadget.class.getName()));

    clients.await(id, JobState.COMPLETED);
    assertThat(seen.get()).isInstanceOfAny(Map.class, List.class);
    assertThat(Gadget.MADE).isFalse();
  }

  @Test
  void argumentsNestedDeeplyCostTheirOwnJobOnly() {
    clients.start(Anything.class, (job, context) -> {});
    int depth = 5_000;

    long deep = insert("{\"thing\": " + "[".repeat(depth) + "]".repeat(depth) + "}");
    long other = insert("{\"thing\": 1}");

    clients.await(other, JobState.COMPLETED);
    JobRow discarded = clients.await(deep, JobState.DISCARDED);
    assertThat(discarded.errors().getLast().error()).contains("anything");
  }
}
