package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.programs.Shrinker.Bench;
import dev.cairn.programs.Shrinker.Finding;
import dev.cairn.programs.Shrinker.OneByOne;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random workers against the {@linkplain Meaning reference}: by real clients with everything that
 * can strike a job, by the test kit, and by the explorer. The build tries the same ones each time.
 * {@code -Dcairn.programs=1000000} tries so many, {@code -Dcairn.programs.from=N} begins with
 * another seed, {@code -Dcairn.programs.seed=N} tries one and {@code -Dcairn.programs.only} those
 * with what {@link Feature} names. With {@code -Djunit.jupiter.execution.timeout.mode=disabled} it
 * may take longer than an hour.
 */
@Timeout(3_600)
class RandomProgramsTest {
  private static final long FROM = Long.getLong("cairn.programs.from", 20_261_126_000L);
  private static final int PROGRAMS = Integer.getInteger("cairn.programs", 500);
  private static final int AT_ONCE = 300;
  private static final int UNEXPLAINED_MIN = 2;
  private static final int UNEXPLAINED_ONE_IN = 100;
  private static final int STARVED_MIN = 2;
  private static final int STARVED_ONE_IN = 500;

  private static Laboratory laboratory;
  private static TesterRunner tester;

  @BeforeAll
  static void open() throws SQLException {
    laboratory = new Laboratory();
    tester = new TesterRunner(laboratory.dataSource());
  }

  @AfterAll
  static void close() {
    laboratory.close();
  }

  static LongStream seeds() {
    Long only = Long.getLong("cairn.programs.seed");
    return only == null ? LongStream.iterate(FROM, seed -> seed + 1) : LongStream.of(only);
  }

  /** Trials of a kind, with the seeds that make them: one after the other, for there are many. */
  private static Iterator<Seeded> trials(Predicate<Trial> kind, int most) {
    return seeds()
        .mapToObj(seed -> new Seeded(seed, Generator.trial(seed)))
        .filter(seeded -> kind.test(seeded.trial()))
        .limit(most)
        .iterator();
  }

  private record Seeded(long seed, Trial trial) {}

  @Test
  void aClientDoesWhatTheProgramMeansWhateverStrikesIt() throws Exception {
    var wrong = new ArrayList<Finding>();
    var tried = new int[1];

    laboratory.run(
        seeds()
            .mapToObj(Generator::trial)
            .filter(Feature::isWanted)
            .limit(PROGRAMS)
            .takeWhile(trial -> wrong.isEmpty())
            .iterator(),
        AT_ONCE,
        (trial, complaints) -> {
          tried[0]++;
          if (!complaints.isEmpty()) {
            wrong.add(new Finding(trial, complaints));
          }
        });

    assertThat(wrong.isEmpty() ? "" : report(wrong.getFirst())).isEmpty();
    assertThat(tried[0]).isPositive();
    // An attempt whose client dies just as it fails may count although nobody saw it fail.
    assertThat(laboratory.unexplained())
        .as("of %d ends of struck jobs, with more attempts than failures", laboratory.struck())
        .isLessThanOrEqualTo(UNEXPLAINED_MIN + laboratory.struck() / UNEXPLAINED_ONE_IN);
    assertThat(laboratory.starved())
        .as("of %d jobs, for which the pool had no connection", tried[0])
        .isLessThanOrEqualTo(STARVED_MIN + tried[0] / STARVED_ONE_IN);
  }

  /** The smallest that goes wrong in the same way. */
  private static String report(Finding first) throws Exception {
    Bench bench = (trials, result) -> laboratory.run(trials, AT_ONCE, result);
    return "seed %s: %s"
        .formatted(seedOf(first.trial()), Shrinker.shrink(bench, first, Feature::isWanted));
  }

  private static String seedOf(Trial trial) {
    return seeds()
        .limit(100L * PROGRAMS)
        .filter(seed -> Generator.trial(seed).equals(trial))
        .mapToObj(String::valueOf)
        .findFirst()
        .orElse("unknown");
  }

  @Test
  void theTestKitDoesWhatTheProgramMeans() throws Exception {
    hold(tester::run, TesterRunner::isFor, PROGRAMS / 2);
  }

  private static void hold(OneByOne bench, Predicate<Trial> kind, int most) throws Exception {
    for (var trials = trials(kind, most); trials.hasNext(); ) {
      Seeded seeded = trials.next();
      List<String> complaints = bench.run(seeded.trial());
      if (!complaints.isEmpty()) {
        var first = new Finding(TesterRunner.without(seeded.trial()), complaints);
        throw new AssertionError(
            "seed %d: %s".formatted(seeded.seed(), Shrinker.shrink(Bench.of(bench), first, kind)));
      }
    }
  }
}
