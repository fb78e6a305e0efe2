package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Jobs of random steps that a worker in Go and one in Java work by turns, each attempt ending in
 * some way at some place: nothing is done again that was checkpointed, and nothing is left out
 * (R7). Another seed with {@code -Dcairn.turns.seed}, more jobs with {@code -Dcairn.turns.jobs}.
 */
@Tag("thorough")
@Timeout(600)
class GoTurnsTest {
  private static final long SEED = Long.getLong("cairn.turns.seed", 20261126);
  private static final int JOBS = Integer.getInteger("cairn.turns.jobs", 150);
  private static final int ATTEMPTS_MAX = 8;
  private static final int STEPS_MAX = 5;
  private static final int ITEMS_MAX = 5;

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<Ending> endings = List.of(Ending.values());
  private final Map<Long, ResumableJobs.Code> codes = new ConcurrentHashMap<>();

  @Test
  void r7_noItemIsDoneAgainAfterACheckpointAndNoneIsLeftOut() {
    Cairn client =
        new ResumableJobs(database, clients)
            .start((steps, context) ->
                Objects.requireNonNull(codes.get(context.job().id())).run(steps, context));

    for (int job = 0; job < JOBS; job++) {
      new Story(client, SEED + job).tell();
    }
  }

  /**
   * A step of a job.
   *
   * @param items how many there are to do behind a cursor; 0 for a step without one
   */
  private record Step(String name, int items) {
    String item(long number) {
      return name + "#" + number;
    }

    List<String> all() {
      var all = new ArrayList<String>();
      for (int item = Math.min(items, 1); item <= items; item++) {
        all.add(item(item));
      }
      return all;
    }
  }

  /** Ends an attempt before one of its places. */
  private static final class Fuse {
    private int length;

    Fuse(int length) {
      this.length = length;
    }

    boolean isBurnt() {
      return length-- == 0;
    }
  }

  /** A job, and all that is done for it by one thread after the other. */
  private final class Story {
    private final Random random;
    private final Cairn client;
    private final long id;
    private final List<Step> steps = new ArrayList<>();
    private final List<String> told = Collections.synchronizedList(new ArrayList<>());
    private final Set<String> done = new HashSet<>();
    private final List<String> again = new ArrayList<>();

    /** Done, and known to the code that does it as finished or passed by a cursor. */
    private final Set<String> recorded = new HashSet<>();

    /** Recorded in a way that outlives the end of the attempt, whatever that is. */
    private final Set<String> checkpointed = new HashSet<>();

    Story(Cairn client, long seed) {
      this.client = client;
      this.random = new Random(seed);
      int count = 1 + random.nextInt(STEPS_MAX);
      for (int i = 1; i <= count; i++) {
        steps.add(new Step("s" + i, Math.max(0, random.nextInt(2 * ITEMS_MAX) - ITEMS_MAX + 1)));
      }
      told.add("seed " + seed + ": " + steps);
      id =
          client
              .insert(
                  new ResumableJobs.Args("by turns"),
                  InsertOptions.defaults().withQueue("nobody works this"))
              .id();
    }

    void tell() {
      for (int attempt = 1; state() != JobState.COMPLETED; attempt++) {
        boolean isLast = attempt == ATTEMPTS_MAX;
        client.jobs().operator("test").retry(id);
        recorded.clear();
        if (isLast || random.nextBoolean()) {
          inJava(isLast);
        } else {
          inGo();
        }
        assertThat(again).as("done again after a checkpoint: %s", told).isEmpty();
      }
      assertThat(done)
          .as("all of it: %s", told)
          .containsExactlyInAnyOrderElementsOf(
              steps.stream().flatMap(step -> step.all().stream()).toList());
    }

    private JobState state() {
      return client.jobs().find(id).orElseThrow().state();
    }

    private void perform(String item) {
      told.add(item);
      done.add(item);
      if (checkpointed.contains(item)) {
        again.add(item);
      }
    }

    private void checkpointed() {
      checkpointed.addAll(recorded);
    }

    private Fuse fuse() {
      return new Fuse(random.nextInt(steps.stream().mapToInt(it -> 2 + 2 * it.items()).sum()));
    }

    private void inGo() {
      boolean dies = random.nextInt(4) == 0;
      told.add(dies ? "Go, killed:" : "Go:");
      var attempt = new GoAttempt(database, id);
      if (isWorkedInGo(attempt, fuse())) {
        attempt.completeJob();
      } else if (dies) {
        attempt.die();
      } else if (attempt.fail()) {
        checkpointed();
      }
    }

    private boolean isWorkedInGo(GoAttempt attempt, Fuse fuse) {
      for (Step step : steps) {
        if (fuse.isBurnt()) {
          return false;
        }
        if (!attempt.passesOver(step.name())) {
          if (!isStepWorkedInGo(attempt, step, fuse)) {
            return false;
          }
          attempt.complete(step.name());
        }
      }
      return !fuse.isBurnt();
    }

    private boolean isStepWorkedInGo(GoAttempt attempt, Step step, Fuse fuse) {
      if (step.items() == 0) {
        perform(step.item(0));
        recorded.add(step.item(0));
        return true;
      }
      for (long item = attempt.cursor(step.name()) + 1; item <= step.items(); item++) {
        perform(step.item(item));
        if (fuse.isBurnt()) {
          return false;
        }
        recorded.add(step.item(item));
        if (random.nextInt(4) == 0) {
          told.add("tx");
          attempt.setTx(step.name(), item);
          checkpointed();
        } else {
          attempt.set(step.name(), item);
        }
        if (fuse.isBurnt()) {
          return false;
        }
      }
      return true;
    }

    private void inJava(boolean toTheEnd) {
      Ending how = endings.get(random.nextInt(endings.size()));
      told.add(toTheEnd ? "Java, to the end:" : "Java, " + how + ":");
      Fuse fuse = toTheEnd ? new Fuse(Integer.MAX_VALUE) : fuse();
      boolean isPlanned = random.nextInt(3) == 0;
      codes.put(
          id,
          (resumable, context) -> {
            if (isPlanned) {
              resumable.plan(steps.stream().map(Step::name).toArray(String[]::new));
            }
            workInJava(resumable, new End(how, fuse, context));
          });
      assertThat(client.work(id)).as("claimed: %s", told).isTrue();
      clients.awaitJob(id, job -> assertThat(job.state()).isNotEqualTo(JobState.RUNNING));
      if (how != Ending.KILL) {
        checkpointed();
      }
    }

    private void workInJava(Steps resumable, End end) throws Exception {
      for (Step step : steps) {
        end.mayCome();
        if (step.items() > 0) {
          resumable.cursor(step.name(), Long.class, 0L, cursor -> moveInJava(step, cursor, end));
        } else if (random.nextBoolean()) {
          resumable.step(step.name(), () -> performInJava(step, end));
        } else {
          resumable.stepTx(step.name(), connection -> performInJava(step, end));
          checkpointed();
        }
      }
      end.mayCome();
    }

    /** Whatever has finished before this step is durable when its code begins (R1). */
    private void performInJava(Step step, End end) {
      checkpointed();
      perform(step.item(0));
      end.mayCome();
      recorded.add(step.item(0));
    }

    private void moveInJava(Step step, Cursor<Long> cursor, End end) throws Exception {
      checkpointed();
      for (long item = cursor.get() + 1; item <= step.items(); item++) {
        long number = item;
        perform(step.item(item));
        end.mayCome();
        recorded.add(step.item(item));
        switch (random.nextInt(3)) {
          case 0 -> cursor.advance(item);
          case 1 -> {
            cursor.checkpoint(item);
            checkpointed();
          }
          default -> {
            cursor.advanceInTransaction((connection, from) -> number);
            checkpointed();
          }
        }
        end.mayCome();
      }
    }
  }

  /** How an attempt in Java ends, and where. */
  private record End(Ending how, Fuse fuse, WorkContext context) {
    void mayCome() {
      if (fuse.isBurnt()) {
        how.end(database, context);
      }
    }
  }
}
