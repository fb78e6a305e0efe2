package dev.cairn.chaos.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cairn.chaos.attack.Attack;
import dev.cairn.chaos.attack.Attacks;
import dev.cairn.chaos.fleet.FleetPlan;
import dev.cairn.chaos.fleet.Sql;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A short form of {@code ./cairn chaos}: real processes, a real server, and the attacks that find
 * most. {@code -Dcairn.chaos.seed=N} changes their random choices.
 */
@Tag("thorough")
@Tag("chaos")
class CampaignTest {
  private static final List<String> ATTACKS =
      List.of("kill", "cut-after-commit", "server-immediate", "freeze");

  private static final int LOG_LINES = 60;

  @TempDir private Path folder;

  @Test
  void promisesAreKeptUnderAttack() throws Exception {
    CampaignResult result = attack(Attacks.named(ATTACKS), Duration.ofSeconds(15));

    assertThat(result.missed()).as("attacks that met nobody").isEmpty();
    assertThat(result.metNobody()).isFalse();
    assertThat(result.verdict().jobs()).isGreaterThan(20);
    assertThat(result.verdict().cutOff()).as("runs that an attack cut off").isPositive();
  }

  @ParameterizedTest
  @MethodSource
  @Tag("long")
  void eachAttackStrikes(String name) throws Exception {
    Attack attack = Attacks.named(List.of(name)).getFirst();
    assumeTrue(attack.objection(null).isEmpty(), () -> attack.objection(null).orElseThrow());

    CampaignResult result = attack(List.of(attack), Duration.ofSeconds(12));

    assertThat(result.failures()).isEmpty();
    assertThat(result.missed()).as("attacks that met nobody").isEmpty();
    assertThat(result.metNobody()).isFalse();
    if (name.equals("failover-async")) {
      assertThat(result.verdict().lostByDatabase()).isPositive();
    }
  }

  /** Behind PgBouncer, no client listens: the attacks that follow would meet nobody. */
  @Test
  @Tag("long")
  void clientsListenAgainAfterPgBouncer() throws Exception {
    List<Attack> attacks =
        Attacks.named(List.of("pgbouncer", "hostile-notify", "blackhole-listen"));
    attacks.forEach(each ->
        assumeTrue(each.objection(null).isEmpty(), () -> each.objection(null).orElseThrow()));

    CampaignResult result = attack(attacks, Duration.ofSeconds(60));

    assertThat(result.missed()).as("attacks that met nobody").isEmpty();
  }

  static Set<String> eachAttackStrikes() {
    return Attacks.all().keySet();
  }

  /** A database of a user, with a role that may do no more than the guide demands. */
  @Test
  @Tag("long")
  void leavesADatabaseOfAUserAsItWas() throws Exception {
    FreshDatabase database = EmbeddedDatabase.shared().newDatabase();
    var role = "staging_" + database.name();
    execute(database, "CREATE ROLE %s LOGIN PASSWORD 'for a test'".formatted(role));
    execute(database, "GRANT CREATE ON DATABASE %s TO %s".formatted(database.name(), role));
    execute(database, "CREATE TABLE theirs AS SELECT 1 AS id");
    List<String> before = relations(database);

    CampaignResult result =
        attack(
            Attacks.named(
                List.of("terminate-backends", "lock-tables", "blackhole", "migrate", "snapshot")),
            Duration.ofSeconds(12),
            database.jdbcUrl() + "?user=%s&password=for%%20a%%20test".formatted(role));

    assertThat(result.failures()).isEmpty();
    assertThat(result.missed()).isEmpty();
    assertThat(relations(database)).isEqualTo(before);
    assertThat(
            list(database, "SELECT pid FROM pg_stat_activity WHERE usename = '%s'".formatted(role)))
        .as("sessions that are left")
        .isEmpty();
    assertThat(folder).as("logs and passwords").doesNotExist();
  }

  private static List<String> relations(FreshDatabase database) throws SQLException {
    return list(
        database,
        """
        SELECT oid || ' ' || relname || ' ' || coalesce(relacl::text, '') FROM pg_class
        WHERE relnamespace::regnamespace::text NOT LIKE 'pg\\_%' ORDER BY oid
        """);
  }

  private static void execute(FreshDatabase database, String sql) throws SQLException {
    new Sql(database.dataSource()).execute(sql);
  }

  private static List<String> list(FreshDatabase database, String sql) throws SQLException {
    return new Sql(database.dataSource()).list(sql, row -> row.getString(1));
  }

  private CampaignResult attack(List<Attack> attacks, Duration duration) throws Exception {
    return attack(attacks, duration, null);
  }

  private CampaignResult attack(List<Attack> attacks, Duration duration, @Nullable String url)
      throws Exception {
    var options =
        new CampaignOptions(
            attacks,
            false,
            Long.getLong("cairn.chaos.seed", 20),
            FleetPlan.of(2, Duration.ofSeconds(4)),
            6,
            duration,
            1,
            0,
            url,
            folder);
    var printed = new StringWriter();
    CampaignResult result = Campaign.run(options, Onlooker.NOBODY, new PrintWriter(printed, true));
    assertThat(result.verdict().findings()).as(() -> printed + endsOfLogs()).isEmpty();
    return result;
  }

  /** The folder is gone when somebody reads of the failure. */
  private String endsOfLogs() {
    var text = new StringBuilder();
    try (var logs = Files.newDirectoryStream(folder, "*.log")) {
      for (Path log : logs) {
        List<String> lines = Files.readAllLines(log);
        text.append("The end of %s:%n".formatted(log.getFileName()));
        lines
            .subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
            .forEach(line -> text.append(line).append('\n'));
      }
    } catch (IOException e) {
      text.append("The logs could not be read: ").append(e);
    }
    return text.toString();
  }
}
