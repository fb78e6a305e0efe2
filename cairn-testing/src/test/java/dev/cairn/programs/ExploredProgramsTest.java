package dev.cairn.programs;

import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.programs.Shrinker.Bench;
import dev.cairn.programs.Shrinker.Finding;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The explorer accuses no random program that is right, and each one in which a mistake was made,
 * with its cause. Takes the properties of {@link RandomProgramsTest}.
 */
@Timeout(3_600)
class ExploredProgramsTest {
  private static final int CONNECTIONS = 20;
  private static final int PROGRAMS = Integer.getInteger("cairn.programs", 500);
  private static final int EXPLORED = Math.max(1, PROGRAMS / 50);
  private static final int MUTATED = Math.max(1, PROGRAMS / 500);
  private static final int MUTATED_IN_BRANCHES = Math.max(1, PROGRAMS / 1_000);
  private static final int PAIRS = 5;

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

  @Test
  void theExplorerAccusesNoProgramThatIsRight() throws Exception {
    long before = explorer.schedules();
    long[] seeds = seeds(ExplorerRunner::isFor, EXPLORED).toArray();
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
    for (long seed : seeds(trial -> ExplorerRunner.isFor(trial, mutation), MUTATED).toArray()) {
      finds(mutation, seed);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNSTABLE_ORDER")
  void theExplorerFindsEachMistakeInABranchWithItsCause(Mutation mutation) throws Exception {
    for (long seed :
        seeds(trial -> ExplorerRunner.isForBranches(trial, mutation), MUTATED_IN_BRANCHES)
            .toArray()) {
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
