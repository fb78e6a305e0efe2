package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.source.Sources;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What a step may be called, and what tells one run of it from another (R38). */
class StepNamesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  record Digest(Object bytes) {}

  /** A record with a text of its own. */
  record Tagged(long id, Set<String> tags) {
    @Override
    public String toString() {
      return "tagged " + id;
    }
  }

  /** Its text is that of a set, whatever the accessor returns. */
  record SortedByAccessor(long id, Set<String> tags) {
    @Override
    public Set<String> tags() {
      return new TreeSet<>(tags);
    }
  }

  /** Its text is that of a sorted set, whatever the accessor returns. */
  record CopiedByAccessor(long id, Set<String> tags) {
    @Override
    public Set<String> tags() {
      return Set.copyOf(tags);
    }
  }

  private String refusal(ResumableJobs.Code code) {
    jobs.notes.clear();
    String error = jobs.firstAttempt(code).errors().getLast().error();
    assertThat(jobs.notes).isEmpty();
    return error;
  }

  @Test
  void r38_aSlashInANameIsRefusedBeforeTheStepRuns() {
    assertThat(refusal((steps, context) -> steps.step("load/users", jobs.noting("never"))))
        .contains("'load/users'", "slash", "Steps.name");
    assertThat(
            refusal((steps, context) ->
                steps.parallel(
                    "all",
                    branches ->
                        branches
                            .add("good", own -> jobs.notes.add("never"))
                            .add("bad/one", own -> jobs.notes.add("never")))))
        .contains("'bad/one'", "slash");
    assertThat(
            refusal((steps, context) -> {
              steps.plan("load/users");
              steps.step("first", jobs.noting("never"));
            }))
        .contains("'load/users'", "slash");
  }

  @Test
  void r38_aSlashInAKeyPartsNoPath() {
    assertThat(Steps.name("file", "a/b.csv")).isEqualTo("file[a%2Fb.csv]");
    assertThat(Steps.name("file", "a%2Fb.csv")).isEqualTo("file[a%252Fb.csv]");
    assertThat(Steps.name("page", 7)).isEqualTo("page[7]");
    String first = Steps.name("file", Path.of("in/a.csv"));
    String second = Steps.name("file", Path.of("in/b.csv"));
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          steps.plan("file");
          steps.step(first, jobs.noting("a"));
          steps.cursor(
              second,
              Integer.class,
              0,
              cursor -> {
                cursor.advance(3);
                throw new IllegalStateException("stop");
              });
        });
    assertThat(job.errors().getLast().error()).isEqualTo("stop");

    JobRow next =
        jobs.nextAttempt(
            job.id(),
            (steps, context) -> {
              steps.plan("file");
              steps.step(first, jobs.noting("a again"));
              steps.cursor(
                  second, Integer.class, 0, cursor -> jobs.notes.add("at " + cursor.get()));
            });

    assertThat(next.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("a", "at 3");
  }

  /** River's names are no paths, so they may have slashes. */
  @Test
  void r38_aStepOfRiverWithASlashGoesOnUnderANameOfOurs() {
    long id =
        jobs.begunInGo(
            """
            {"river:resumable_step": "load/users", "river:resumable_cursor": {"load/orders": 7}}\
            """);
    JobRow unknown =
        jobs.nextAttempt(id, (steps, context) -> steps.step("loadUsers", jobs.noting("never")));
    assertThat(unknown.errors().getLast().error()).contains("'load/orders'");

    JobRow job =
        jobs.nextAttempt(
            id,
            (steps, context) -> {
              steps.plan(
                  StepPlan.of("loadUsers", "loadOrders")
                      .renamed("load/users", "loadUsers")
                      .renamed("load/orders", "loadOrders"));
              steps.step("loadUsers", jobs.noting("never"));
              steps.cursor(
                  "loadOrders", Long.class, 0L, cursor -> jobs.notes.add("at " + cursor.get()));
            });

    assertThat(job.state()).isEqualTo(JobState.COMPLETED);
    assertThat(jobs.notes).containsExactly("at 7");
  }

  @Test
  void r38_aPathThatIsTooLongForItsIndexIsRefusedBeforeTheStepRuns() {
    String wide = "\u8def".repeat(250);
    assertThat(
            refusal((steps, context) ->
                steps.step(
                    wide,
                    () ->
                        steps.step(
                            wide + "2", () -> steps.step(wide + "3", jobs.noting("never"))))))
        .contains("2254 bytes", "at most 2000", "shorter names");
  }

  @Test
  void r38_aKeyThatIsAnotherOneInEachAttemptIsRefused() {
    var noText = new Object();
    for (Object odd :
        List.of(
            new byte[] {1},
            new String[] {"a"},
            List.of("a", new int[] {1}),
            Optional.of(new long[0]),
            Map.of("key", new byte[0]),
            new Digest(new byte[] {1}),
            new Digest(noText),
            new Digest(Set.of("a", "b")),
            new SortedByAccessor(7, Set.of("a", "b")),
            List.of(new Digest(Optional.of(new Digest(Map.of("a", 1, "b", 2))))),
            noText,
            Set.of("a", "b"),
            Map.of("a", 1, "b", 2))) {
      assertThatIllegalArgumentException()
          .as("%s", odd)
          .isThrownBy(() -> Steps.name("page", odd))
          .withMessageContaining("the key of step 'page'");
    }
    for (Object good :
        List.of(
            "[B@1b6d3586",
            7,
            List.of(1, 2),
            new TreeSet<>(Set.of("a", "b")),
            Set.of("a"),
            new Digest(List.of("kiri@b6d3586", new Digest(7))),
            new CopiedByAccessor(7, new TreeSet<>(Set.of("a", "b"))),
            new Tagged(7, Set.of("a", "b")))) {
      assertThat(Steps.name("page", good)).isEqualTo("page[" + good + "]");
    }
    assertThat(refusal((steps, context) -> steps.idempotencyKey("charge", new byte[] {1, 2})))
        .contains("the item of step 'charge' of job", "array");
  }

  @Test
  void r38_noNameThatCairnNeedsForASourceIsTakenFromTheWorker(@TempDir Path folder)
      throws Exception {
    Path file = Files.writeString(folder.resolve("pins.txt"), "one\ntwo\n");

    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.forEach(
                "lines",
                Sources.lines(file),
                line -> {
                  if (line.equals("one")) {
                    steps.step("pin", jobs.noting("pinned " + line));
                  }
                }));

    assertThat(job.errors()).isEmpty();
    assertThat(jobs.notes).containsExactly("pinned one");
  }
}
