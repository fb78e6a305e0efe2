package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobSnoozeException;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventSubscription;
import dev.cairn.event.StepEvent;
import dev.cairn.jobs.QuarantinedItem;
import dev.cairn.source.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Items that fail, or that kill the process that works them (R20). */
class PoisonItemsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);
  private final Effects effects = new Effects(database);
  private final Set<Long> poisonous = ConcurrentHashMap.newKeySet();

  @BeforeEach
  void prepare() {
    effects.clear();
    database.execute("DELETE FROM " + database.schema() + ".cairn_quarantine");
  }

  /** Goes through the numbers 0 to 9, of which some fail. */
  private ResumableJobs.Code numbers(ItemPolicy policy) {
    return (steps, context) -> {
      steps.step("before", jobs.noting("before"));
      steps
          .failedItems(policy)
          .forEach(
              "numbers",
              Sources.range(0, 10),
              number -> {
                if (poisonous.contains(number)) {
                  throw new IllegalStateException("number " + number + " is poisonous");
                }
                jobs.notes.add("did " + number);
              });
      steps.step("after", jobs.noting("after"));
    };
  }

  @Test
  void r20_itemsAreSkippedUpToANumberOverAllAttempts() {
    poisonous.addAll(List.of(1L, 3L, 5L));
    JobRow job = jobs.firstAttempt(numbers(ItemPolicy.skip(2)));
    assertThat(job.errors().getLast().error()).isEqualTo("number 5 is poisonous");
    assertThat(jobs.notes).containsExactly("before", "did 0", "did 2", "did 4");

    JobRow again = jobs.nextAttempt(job.id(), numbers(ItemPolicy.skip(2)));
    assertThat(again.errors()).as("the two skipped before count still").hasSize(2);
    poisonous.remove(5L);
    JobRow done = jobs.nextAttempt(job.id(), numbers(ItemPolicy.skip(2)));

    assertThat(done.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes)
        .containsExactly(
            "before", "did 0", "did 2", "did 4", "did 5", "did 6", "did 7", "did 8", "did 9",
            "after");
  }

  @Test
  void r20_aShareOfTheItemsIsSkippedOnceEnoughWereMet() {
    JobRow within = jobs.firstAttempt(oneOfSoManyFails(20, ItemPolicy.skipShare(0.05)));
    assertThat(within.state()).isEqualTo(JobState.COMPLETED);

    JobRow beyond = jobs.firstAttempt(oneOfSoManyFails(10, ItemPolicy.skipShare(0.05)));
    assertThat(beyond.state()).isEqualTo(JobState.RETRYABLE);
  }

  /** Goes through 1,000 numbers; the first 150 do not fail, so that enough were met. */
  private static ResumableJobs.Code oneOfSoManyFails(int many, ItemPolicy policy) {
    return (steps, context) ->
        steps
            .failedItems(policy)
            .forEach(
                "numbers",
                Sources.range(0, 1_000),
                number -> {
                  if (number >= 150 && number % many == 0) {
                    throw new IllegalStateException("no " + number);
                  }
                });
  }

  /** The position in a file is in bytes; 1,000 of them must not pass for 1,000 items. */
  @Test
  void r20_aShareOfItemsGoesByItemsInALaterAttemptToo(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("lines"), "line\n".repeat(400));
    var lines = new AtomicInteger();
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.skipShare(0.02))
                .forEach(
                    "lines",
                    Sources.lines(file),
                    line -> {
                      if (lines.incrementAndGet() == 150) {
                        throw new IllegalStateException("skipped, as the first of 150");
                      }
                      if (lines.get() == 200) {
                        throw new JobSnoozeException(Duration.ofHours(1));
                      }
                    }));

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) ->
                steps
                    .failedItems(ItemPolicy.skipShare(0.02))
                    .forEach(
                        "lines",
                        Sources.lines(file),
                        line -> {
                          throw new IllegalStateException("no " + lines.incrementAndGet());
                        }));

    assertThat(next.errors().getLast().error())
        .as("three of some 150 are within two percent, with the first one; a fourth is not")
        .isEqualTo("no 203");
  }

  @Test
  void r20_failedItemsArePutAsideSeenAndDoneAgainAlone() {
    poisonous.addAll(List.of(2L, 7L));
    JobRow job = jobs.firstAttempt(numbers(ItemPolicy.quarantine()));
    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    Cairn client = clients.inserter();
    assertThat(client.jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::step, QuarantinedItem::position, QuarantinedItem::redrive)
        .containsExactly(tuple("numbers", "2", false), tuple("numbers", "7", false));
    assertThat(client.jobs().quarantined(job.id()).getFirst().error())
        .startsWith("java.lang.IllegalStateException: number 2 is poisonous");

    poisonous.remove(2L);
    jobs.notes.clear();
    client.jobs().operator("ada").redrive(job.id());
    JobRow again = jobs.nextAttempt(job.id(), numbers(ItemPolicy.quarantine()));

    assertThat(again.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).as("nothing but the item").containsExactly("did 2");
    assertThat(client.jobs().quarantined(job.id()))
        .singleElement()
        .satisfies(item -> assertThat(item.position()).isEqualTo("7"));
    assertThat(again.metadata()).contains("\"verb\": \"redrive\"", "\"by\": \"ada\"");

    poisonous.clear();
    client.jobs().operator("ada").redrive(job.id());
    jobs.nextAttempt(job.id(), numbers(ItemPolicy.quarantine()));
    assertThat(jobs.notes).containsExactly("did 2", "did 7");
    assertThat(jobs.checkpoints(job.id())).as("nothing is kept any more").isEmpty();
    assertThatThrownBy(() -> client.jobs().operator("ada").redrive(job.id()))
        .hasMessageContaining("has put no item aside");
  }

  @Test
  void r20_aCompletedJobThatIsRetriedStartsFromZeroAndForgetsWhatItPutAside() {
    poisonous.add(2L);
    JobRow job = jobs.firstAttempt(numbers(ItemPolicy.quarantine()));
    Cairn client = clients.inserter();
    client.jobs().retry(job.id());
    assertThat(client.jobs().quarantined(job.id())).isEmpty();

    poisonous.clear();
    jobs.notes.clear();
    jobs.nextAttempt(job.id(), numbers(ItemPolicy.quarantine()));

    assertThat(jobs.notes).hasSize(12).startsWith("before", "did 0").endsWith("did 9", "after");
  }

  @Test
  void r20_aTransactionThatFailsIsTriedItemByItem() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine())
                .forEachTx(
                    "numbers",
                    Sources.range(0, 7),
                    3,
                    (connection, batch) -> {
                      for (long number : batch) {
                        Effects.insert(connection, "row " + number);
                        if (number == 4) {
                          throw new IllegalStateException("four");
                        }
                      }
                    }));

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(effects.all()).containsExactly("row 0", "row 1", "row 2", "row 3", "row 5", "row 6");
    assertThat(clients.inserter().jobs().quarantined(job.id()))
        .extracting(QuarantinedItem::position)
        .containsExactly("4");
  }

  @Test
  void r27_anItemThatIsPutAsideIsTold() throws Exception {
    poisonous.add(2L);
    Cairn client = jobs.start(numbers(ItemPolicy.quarantine()));
    try (EventSubscription events = client.subscribe(EventKind.ITEM_QUARANTINED)) {
      jobs.insert(client);

      assertThat(events.poll(Duration.ofSeconds(10)))
          .hasValueSatisfying(event -> {
            var told = (StepEvent.Quarantined) event;
            assertThat(told.step()).isEqualTo("numbers");
            assertThat(told.item()).isEqualTo("2");
          });
    }
  }

  @Test
  void r20_aBatchCannotTellWhichItemFailed() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps
                .failedItems(ItemPolicy.skip(1))
                .forEachBatch("numbers", Sources.range(0, 3), 2, batch -> {}));

    assertThat(job.errors().getLast().error()).contains("'numbers'", "use forEach or forEachTx");
  }

  /** As a rescue does after the death of a client; what this one still does is not written. */
  private void die(WorkContext context) {
    database.execute(
        """
        UPDATE %s.river_job
        SET state = 'available', attempt = 0, scheduled_at = now(),
            metadata = metadata || jsonb_build_object('river:rescue_count',
              coalesce((metadata ->> 'river:rescue_count')::integer, 0) + 1)
        WHERE id = ?
        """
            .formatted(database.schema()),
        context.job().id());
    throw new IllegalStateException("the process is dead");
  }

  @Test
  void r20_anItemThatKillsItsProcessInATransactionIsFoundAndPutAsideToo() {
    List<Long> worked = Collections.synchronizedList(new ArrayList<>());
    Cairn client =
        jobs.start((steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine().afterCrashes(2))
                .forEachTx(
                    "numbers",
                    Sources.range(0, 10),
                    4,
                    (connection, batch) -> {
                      for (long number : batch) {
                        worked.add(number);
                        Effects.insert(connection, "row " + number);
                        if (number == 6) {
                          die(context);
                        }
                      }
                    }));
    long id = jobs.insert(client);

    clients.await(id, JobState.COMPLETED);

    assertThat(worked.stream().filter(number -> number == 6)).hasSize(3);
    assertThat(effects.all())
        .containsExactly(
            "row 0", "row 1", "row 2", "row 3", "row 4", "row 5", "row 7", "row 8", "row 9");
    assertThat(client.jobs().quarantined(id))
        .extracting(QuarantinedItem::position, QuarantinedItem::crashes)
        .containsExactly(tuple("6", 2));
  }

  @Test
  void r20_anItemThatKillsItsProcessIsFoundAndPutAside() {
    List<Long> worked = Collections.synchronizedList(new ArrayList<>());
    Cairn client =
        jobs.start((steps, context) ->
            steps
                .failedItems(ItemPolicy.quarantine().afterCrashes(2))
                .forEach(
                    "numbers",
                    Sources.range(0, 10),
                    number -> {
                      worked.add(number);
                      if (number == 6) {
                        die(context);
                      }
                    }));
    long id = jobs.insert(client);

    clients.await(id, JobState.COMPLETED);

    assertThat(worked.stream().filter(number -> number == 6)).hasSize(3);
    assertThat(new TreeSet<>(worked)).hasSize(10);
    assertThat(client.jobs().quarantined(id))
        .singleElement()
        .satisfies(item -> {
          assertThat(item.position()).isEqualTo("6");
          assertThat(item.crashes()).isEqualTo(2);
          assertThat(item.error()).contains("died 2 times");
        });
  }
}
