package dev.cairn.resumable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.JobRow;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.math.BigDecimal;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a step has saved is in later attempts what it was, or it is not saved (R14). */
class KeptValuesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final ResumableJobs jobs = new ResumableJobs(database, clients);

  record Row(Timestamp at, long id) {}

  static final class Report {
    private final String title;

    Report(String title, int ignored) {
      this.title = title;
    }

    public String getTitle() {
      return title;
    }
  }

  @Test
  void r14_aTimestampOfJdbcKeepsItsMicroseconds() {
    var position = new Row(Timestamp.from(Instant.parse("2026-03-01T02:03:04.123456Z")), 7);
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor(
                "rows",
                Row.class,
                new Row(new Timestamp(0), 0),
                cursor -> {
                  cursor.advance(position);
                  throw new IllegalStateException("stopped");
                }));

    jobs.nextAttempt(
        job.id(),
        (steps, context) ->
            steps.cursor(
                "rows",
                Row.class,
                new Row(new Timestamp(0), 0),
                cursor -> jobs.notes.add(cursor.get().equals(position) + "")));

    assertThat(jobs.notes).containsExactly("true");
  }

  @Test
  void r14_aResultIsTheSameInEveryAttemptToTheLastDigit() {
    var amount = new BigDecimal("1E+3");
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          jobs.notes.add(steps.step("amount", BigDecimal.class, () -> amount).toString());
          jobs.notes.add(steps.step("zero", Double.class, () -> -0.0).toString());
          throw new IllegalStateException("stopped");
        });

    jobs.nextAttempt(
        job.id(),
        (steps, context) -> {
          jobs.notes.add(steps.step("amount", BigDecimal.class, () -> amount).toString());
          jobs.notes.add(steps.step("zero", Double.class, () -> 0.0).toString());
        });

    assertThat(jobs.notes).containsExactly("1E+3", "-0.0", "1E+3", "-0.0");
  }

  @Test
  void r14_aTypeThatCannotComeBackIsRefusedBeforeTheStepRuns() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.step(
                "report",
                Report.class,
                () -> {
                  jobs.notes.add("ran");
                  return new Report("x", 1);
                }));

    assertThat(job.errors().getFirst().error())
        .contains(
            "the result of step 'report' of job " + job.id() + " (resumable)",
            Report.class.getName(),
            "make it a record");
    assertThat(jobs.notes).isEmpty();
  }

  @Test
  void r14_aValueThatWouldComeBackAsAnotherIsRefusedAtTheFirstSave() {
    JobRow job =
        jobs.firstAttempt((steps, context) -> {
          assertThatThrownBy(() -> steps.step("ids", List.class, () -> List.of(5L)))
              .hasMessageContainingAll(
                  "the result of step 'ids' of job", "field '[0]'", "java.lang.Long", "declare");
          throw new IllegalStateException("stopped");
        });

    assertThat(jobs.checkpoints(job.id())).extracting(row -> row.get("value")).containsOnlyNulls();
  }

  @Test
  void r14_aCursorThatWouldComeBackAsAnotherIsRefusedAtTheFirstSave() {
    JobRow job =
        jobs.firstAttempt((steps, context) ->
            steps.cursor("rows", Object.class, "start", cursor -> cursor.advance(Instant.EPOCH)));

    assertThat(job.errors().getFirst().error())
        .contains("the cursor of step 'rows' of job " + job.id(), "java.time.Instant");
    assertThat(jobs.checkpoints(job.id())).extracting(row -> row.get("value")).containsOnlyNulls();
  }

  @Test
  void aSignalThatCouldNotBeReceivedIsRefusedWhenItIsGiven() {
    assertThatThrownBy(() -> clients.inserter().signal("paid:7", new Report("x", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("the payload of signal 'paid:7'", "make it a record");
    assertThatThrownBy(() -> clients.inserter().signal("paid:7", "a\0b"))
        .hasMessageContainingAll("the payload of signal 'paid:7'", "U+0000");
    assertThatThrownBy(() -> clients.inserter().signal("paid:7", new BigDecimal("1E-20000")))
        .hasMessageContainingAll("the payload of signal 'paid:7'", "16383 after");
  }

  private static Map<String, Double> unordered() {
    var map = new LinkedHashMap<String, Double>();
    map.put("zebra", 1.0);
    map.put("b", 4.0);
    map.put("\u00e9", 2.5);
    map.put("aa", 1e5);
    return map;
  }

  /** Seen before: the order of a map was another one only when the job went on. */
  @Test
  void r39_theAttemptThatReturnsAResultIsGivenWhatLaterOnesAre() {
    ResumableJobs.Code code =
        (steps, context) -> {
          Map<?, ?> map = steps.step("map", Map.class, KeptValuesTest::unordered);
          jobs.notes.add(map.toString());
          jobs.notes.add(steps.step("zero", Double.class, () -> -0.0).toString());
          steps.step("later", jobs.failing("later"));
        };
    JobRow job = jobs.firstAttempt(code);
    List<String> first = List.copyOf(jobs.notes);
    jobs.notes.clear();

    jobs.nextAttempt(job.id(), code);

    assertThat(jobs.notes).isEqualTo(first);
    assertThat(first)
        .containsExactly("{b=4.0, aa=100000.0, \u00e9=2.5, zebra=1.0}", "-0.0", "later");
  }
}
