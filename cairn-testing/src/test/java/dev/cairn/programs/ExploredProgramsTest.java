package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.programs.Shrinker.Bench;
import dev.cairn.programs.Shrinker.Finding;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The explorer accuses no random program that is right, and each one in which a mistake was made,
 * with its cause. Takes the properties of {@link RandomProgramsTest}: of so many programs that are
 * asked for, it explores one in fifty.
 */
@Timeout(3_600)
class ExploredProgramsTest {
  private static final int CONNECTIONS = 20;
  private static final int EXPLORED = one(50, 10);
  private static final int MORE_EXPLORED = 20;
  private static final int MUTATED = one(500, 1);
  private static final int MORE_MUTATED = 5;
  private static final int MUTATED_IN_BRANCHES = one(1_000, 1);
  private static final int PAIRS = 5;

  /** One in so many of the programs that are asked for; if nobody asks, as many as else. */
  private static int one(int in, int otherwise) {
    Integer asked = Integer.getInteger("cairn.programs");
    return asked == null ? otherwise : Math.max(1, asked / in);
  }

  /** The programs in which mistakes can be made, looked for once, whatever the mistake. */
  private static final Map<Long, Program> MUTABLE = new LinkedHashMap<>();

  private static final PrimitiveIterator.OfLong UNSEEN =
      seeds(ExplorerRunner::isForMistakes, Integer.MAX_VALUE).iterator();

  private static HikariDataSource pool;
  private static ExplorerRunner explorer;

  /** Without clients: they would take time from the explorer. */
  @BeforeAll
  static void open() throws SQLException {
    var config = new HikariConfig();
    config.setDataSource(EmbeddedDatabase.shared().newDatabase().dataSource());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    pool = new HikariDataSource(config);
    ProgramRows.create(pool);
    explorer = new ExplorerRunner(pool);
  }

  @AfterAll
  static void close() {
    pool.close();
  }

  private static LongStream seeds(Predicate<Trial> kind, int most) {
    return RandomProgramsTest.seeds().filter(seed -> kind.test(Generator.trial(seed))).limit(most);
  }

  /** The seeds of the first programs in which a mistake can be made. */
  private static List<Long> seedsOfMistake(Predicate<Program> kind, int most) {
    var found = new ArrayList<Long>();
    for (Map.Entry<Long, Program> each : MUTABLE.entrySet()) {
      if (found.size() < most && kind.test(each.getValue())) {
        found.add(each.getKey());
      }
    }
    while (found.size() < most && UNSEEN.hasNext()) {
      long seed = UNSEEN.nextLong();
      Program program = Generator.trial(seed).program();
      MUTABLE.put(seed, program);
      if (kind.test(program)) {
        found.add(seed);
      }
    }
    return found;
  }

  @Tag("thorough")
  @Test
  void theExplorerAccusesNoProgramThatIsRight() throws Exception {
    accusesNone(seeds(ExplorerRunner::isFor, EXPLORED).toArray());
  }

  @Tag("thorough")
  @Test
  void theExplorerAccusesNoneOfMorePrograms() throws Exception {
    RandomProgramsTest.assumeNoOthersAreAskedFor();

    accusesNone(seeds(ExplorerRunner::isFor, EXPLORED + MORE_EXPLORED).skip(EXPLORED).toArray());
  }

  private static void accusesNone(long[] seeds) throws Exception {
    long before = explorer.schedules();
    for (long seed : seeds) {
      Trial trial = TesterRunner.without(Generator.trial(seed));
      List<String> complaints = explorer.run(trial, PAIRS);
      if (!complaints.isEmpty()) {
        throw new AssertionError(
            "seed %d: %s"
                .formatted(
                    seed,
                    Shrinker.shrink(
                        Bench.of(each -> explorer.run(each, PAIRS)),
                        new Finding(trial, complaints),
                        ExplorerRunner::isFor)));
      }
    }
    System.out.println(
        "The explorer has tried %d schedules of %d programs"
            .formatted(explorer.schedules() - before, seeds.length));
  }

  @ParameterizedTest
  @EnumSource
  void theExplorerFindsEachMistakeWithItsCause(Mutation mutation) throws Exception {
    for (long seed : seedsOfMistake(mutation::fits, MUTATED)) {
      finds(mutation, seed);
    }
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource
  void theExplorerFindsEachMistakeInMorePrograms(Mutation mutation) throws Exception {
    RandomProgramsTest.assumeNoOthersAreAskedFor();
    List<Long> seeds = seedsOfMistake(mutation::fits, MUTATED + MORE_MUTATED);

    for (long seed : seeds.subList(MUTATED, seeds.size())) {
      finds(mutation, seed);
    }
  }

  @Tag("thorough")
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNSTABLE_ORDER")
  void theExplorerFindsEachMistakeInABranchWithItsCause(Mutation mutation) throws Exception {
    for (long seed : seedsOfMistake(mutation::fitsInBranches, MUTATED_IN_BRANCHES)) {
      finds(mutation, seed);
    }
  }

  private static void finds(Mutation mutation, long seed) throws Exception {
    Program right = Generator.trial(seed).program();
    Program wrong = mutation.in(right, seed);

    assertThat(explorer.accusation(right, mutation.shows(), seed))
        .as("seed %d without its mistake: %s", seed, right)
        .isEmpty();
    assertThat(explorer.accusation(wrong, mutation.shows(), seed))
        .as("seed %d: %s", seed, wrong)
        .contains(mutation.cause());
  }
}
