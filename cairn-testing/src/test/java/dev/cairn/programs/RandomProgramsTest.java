package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairn.programs.Shrinker.Bench;
import dev.cairn.programs.Shrinker.Finding;
import dev.cairn.programs.Shrinker.OneByOne;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random workers against the {@linkplain Meaning reference}: by real clients with everything that
 * can strike a job, by the test kit, and by the explorer. The build tries the same ones each time,
 * thousands with {@code --thorough}, and a few by clients that are others each day. {@code
 * -Dcairn.programs=1000000} tries so many, {@code -Dcairn.programs.from=N} begins with another
 * seed, {@code -Dcairn.programs.seed=N} tries one and {@code -Dcairn.programs.only} those with what
 * {@link Feature} names. With {@code -Djunit.jupiter.execution.timeout.mode=disabled} it may take
 * longer than an hour.
 */
@Timeout(3_600)
class RandomProgramsTest {
  private static final long FROM = Long.getLong("cairn.programs.from", 20_261_126_000L);
  private static final int PROGRAMS = Integer.getInteger("cairn.programs", 500);
  private static final int MORE_PROGRAMS = 1_500;
  private static final int PROGRAMS_OF_THE_DAY = 50;
  private static final int AT_ONCE = 300;
  private static final int UNEXPLAINED_MIN = 2;
  private static final int UNEXPLAINED_ONE_IN = 100;
  private static final int STARVED_MIN = 2;
  private static final int STARVED_ONE_IN = 500;

  private static Laboratory laboratory;
  private static TesterRunner tester;
  private static int tried;

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
    return only == null ? seedsFrom(FROM) : LongStream.of(only);
  }

  private static LongStream seedsFrom(long from) {
    return LongStream.iterate(from, seed -> seed + 1);
  }

  /** Trials of a kind, with the seeds that make them: one after the other, for there are many. */
  private static Stream<Seeded> trials(LongStream seeds, Predicate<Trial> kind, int most) {
    return seeds
        .mapToObj(seed -> new Seeded(seed, Generator.trial(seed)))
        .filter(seeded -> kind.test(seeded.trial()))
        .limit(most);
  }

  private record Seeded(long seed, Trial trial) {}

  private record Wrong(long seed, Finding finding) {}

  @Test
  void aClientDoesWhatTheProgramMeansWhateverStrikesIt() throws Exception {
    byClients(seeds(), PROGRAMS, "");
  }

  @Tag("thorough")
  @Test
  void aClientDoesWhatManyMoreProgramsMean() throws Exception {
    assumeNoOthersAreAskedFor();

    byClients(seedsFrom(FROM + PROGRAMS), MORE_PROGRAMS, "");
  }

  static void assumeNoOthersAreAskedFor() {
    assumeTrue(
        System.getProperties().stringPropertyNames().stream()
            .noneMatch(name -> name.startsWith("cairn.programs")),
        "other programs are asked for");
  }

  /** So that a build is not always that of the same programs. */
  @Test
  void aClientDoesWhatTheProgramsOfTheDayMean() throws Exception {
    assumeNoOthersAreAskedFor();
    String day = LocalDate.now(ZoneOffset.UTC).format(DateTimeFormatter.BASIC_ISO_DATE);
    long from = Long.parseLong(day) * 1_000;

    byClients(
        seedsFrom(from),
        PROGRAMS_OF_THE_DAY,
        """
        A program of the day has failed. Again: ./cairn test -pl cairn-testing -am \
        -Dtest='RandomProgramsTest#aClient*' -Dsurefire.failIfNoSpecifiedTests=false \
        -Dcairn.programs=%d -Dcairn.programs.from=%d
        """
            .formatted(PROGRAMS_OF_THE_DAY, from));
  }

  /**
   * Has clients work the programs of seeds.
   *
   * @param again how to do so again, if one fails
   */
  private static void byClients(LongStream seeds, int most, String again) throws Exception {
    var wrong = new ArrayList<Wrong>();
    // Only of the trials that are open, so that a million need no more memory than a thousand. By
    // identity, because two seeds may make the same trial.
    IdentityHashMap<Trial, Long> open = new IdentityHashMap<>();
    int before = tried;
    long attempts = laboratory.attempts();
    long taken = laboratory.taken();

    laboratory.run(
        trials(seeds, Feature::isWanted, most)
            .takeWhile(seeded -> wrong.isEmpty())
            .peek(seeded -> open.put(seeded.trial(), seeded.seed()))
            .map(Seeded::trial)
            .iterator(),
        AT_ONCE,
        (trial, complaints) -> {
          tried++;
          long seed = Objects.requireNonNull(open.remove(trial));
          if (!complaints.isEmpty()) {
            wrong.add(new Wrong(seed, new Finding(trial, complaints)));
          }
        });

    assertThat(wrong.isEmpty() ? "" : again + report(wrong.getFirst())).isEmpty();
    assertThat(open).as("trials kept although they are over").isEmpty();
    System.out.printf(
        Locale.ROOT,
        "Clients have done %d programs in %d attempts, and %d attempts have lost their job%n",
        tried - before,
        laboratory.attempts() - attempts,
        laboratory.taken() - taken);
    assertThat(tried).isGreaterThan(before);
    // An attempt whose client dies just as it fails may count although nobody saw it fail.
    assertThat(laboratory.unexplained())
        .as("of %d ends of struck jobs, with more attempts than failures", laboratory.struck())
        .isLessThanOrEqualTo(UNEXPLAINED_MIN + laboratory.struck() / UNEXPLAINED_ONE_IN);
    assertThat(laboratory.starved())
        .as("of %d jobs, for which the pool had no connection", tried)
        .isLessThanOrEqualTo(STARVED_MIN + tried / STARVED_ONE_IN);
  }

  /** The smallest that goes wrong in the same way. */
  private static String report(Wrong first) throws Exception {
    Bench bench = (trials, result) -> laboratory.run(trials, AT_ONCE, result);
    return "seed %d: %s"
        .formatted(first.seed(), Shrinker.shrink(bench, first.finding(), Feature::isWanted));
  }

  @Test
  void theTestKitDoesWhatTheProgramMeans() throws Exception {
    hold(tester::run, TesterRunner::isFor, PROGRAMS / 2);
    System.out.printf(
        Locale.ROOT,
        "The test kit has done %d programs in %d attempts%n",
        tester.programs(),
        tester.attempts());
  }

  private static void hold(OneByOne bench, Predicate<Trial> kind, int most) throws Exception {
    Iterator<Seeded> trials = trials(seeds(), kind, most).iterator();
    while (trials.hasNext()) {
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
