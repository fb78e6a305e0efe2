package dev.cairn.cli.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.cli.ExitCodes;
import dev.cairn.jobs.JobProgress;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.StepProgress;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that is away for a while does not end a watch. */
class WatchTest {
  private final List<String> said = new ArrayList<>();
  private final AtomicInteger looks = new AtomicInteger();

  private final WatchView view =
      new WatchView() {
        @Override
        public void show(JobProgress progress, List<StepProgress> steps) {
          said.add("shown");
        }

        @Override
        public void note(String line) {
          said.add(line);
        }

        @Override
        public void end(String line) {
          said.add(line);
        }

        @Override
        public void close() {
          // Nothing is held.
        }
      };

  /** A job that was deleted, in a database that is away for some looks. */
  private Jobs awayFor(int number) {
    return failing(number, new StoreUnavailableException("refused", null));
  }

  private Jobs failing(int number, CairnException failure) {
    return (Jobs)
        Proxy.newProxyInstance(
            Jobs.class.getClassLoader(),
            new Class<?>[] {Jobs.class},
            (proxy, method, args) -> {
              assertThat(method.getName()).isEqualTo("progress");
              if (looks.getAndIncrement() < number) {
                throw failure;
              }
              return Optional.empty();
            });
  }

  @Test
  void itGoesOnWhenTheDatabaseIsBack() throws Exception {
    var watch = new Watch(awayFor(2), view, Duration.ofMillis(10), Duration.ofMinutes(1), "");

    assertThat(watch.untilItEnds(7)).isEqualTo(ExitCodes.FAILED);
    assertThat(said)
        .containsExactly(
            "The database does not answer. Watching continues when it does. refused",
            "The database is back.",
            "job 7 was deleted");
  }

  /** A standby does so when it conflicts with its recovery; so does a statement_timeout. */
  @ParameterizedTest
  @ValueSource(strings = {"40001", "57014", "55P03", "53200", "25P03"})
  void aStatementThatTheDatabaseEndsIsNoEndOfTheJob(String state) throws Exception {
    var failure = new CairnException("not now", new SQLException("ended", state));
    var watch =
        new Watch(failing(1, failure), view, Duration.ofMillis(10), Duration.ofMinutes(1), "");

    assertThat(watch.untilItEnds(7)).isEqualTo(ExitCodes.FAILED);
    assertThat(said).contains("The database is back.", "job 7 was deleted");
  }

  /** A transaction that has failed is a fault of this program. */
  @ParameterizedTest
  @ValueSource(strings = {"42501", "25P02"})
  void whatWillNotPassEndsIt(String state) {
    var failure = new CairnException("no privilege", new SQLException("denied", state));
    var watch =
        new Watch(failing(1, failure), view, Duration.ofMillis(10), Duration.ofMinutes(1), "");

    assertThatThrownBy(() -> watch.untilItEnds(7)).isSameAs(failure);
  }

  @Test
  void itGivesUpWithACodeOfItsOwn() throws Exception {
    var watch =
        new Watch(awayFor(Integer.MAX_VALUE), view, Duration.ofMillis(10), Duration.ZERO, "");

    assertThat(watch.untilItEnds(7)).isEqualTo(ExitCodes.UNREACHABLE);
    assertThat(said)
        .containsExactly(
            "The database did not come back, so it is not known what became of job 7. refused");
  }
}
