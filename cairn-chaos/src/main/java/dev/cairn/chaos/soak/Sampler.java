package dev.cairn.chaos.soak;

import dev.cairn.chaos.campaign.Onlooker;
import dev.cairn.chaos.fleet.Fleet;
import dev.cairn.chaos.fleet.Holdings;
import dev.cairn.chaos.fleet.Member;
import dev.cairn.chaos.fleet.Tables;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Lets the fleet recover after each attack, and then takes a sample. */
final class Sampler implements Onlooker {
  private static final Duration REST = Duration.ofSeconds(3);
  private static final Duration REST_MAX = Duration.ofSeconds(20);
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);
  private static final long LOOK_MILLIS = 200;

  private static final String OVERDUE =
      """
      SELECT count(*) FROM {schema}.river_job
      WHERE kind = 'chaos' AND state NOT IN ('completed', 'cancelled', 'discarded')
        AND created_at < now() - interval '5 seconds'
      """;

  private final Samples samples;

  Sampler(Samples samples) {
    this.samples = samples;
    samples.require(Measure.DATABASE);
  }

  @Override
  public void look(Fleet fleet, Tables tables) throws IOException, InterruptedException {
    rest(fleet, tables);
    fleet.members().forEach(member -> member.proxy().bury());
    long now = System.currentTimeMillis();
    for (Member member : fleet.members()) {
      String client = member.client();
      if (member.isSpared()) {
        samples.require(client);
      }
      var values = new TreeMap<Measure, Long>();
      member
          .holdings(ANSWER_MAX)
          .forEach((name, value) -> values.put(new Measure(client, name, kind(name)), value));
      samples.add(client, now, values);
    }
    samples.add(Measure.DATABASE, now, database(tables));
  }

  private static void rest(Fleet fleet, Tables tables) throws IOException, InterruptedException {
    fleet.awaitStarted();
    TimeUnit.MILLISECONDS.sleep(REST.toMillis());
    long end = System.nanoTime() + REST_MAX.toNanos();
    while (!isSettled(tables) && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  /** Whether no job is left from the time of the attack. */
  private static boolean isSettled(Tables tables) {
    try {
      return tables.list(OVERDUE, row -> row.getLong(1)).getFirst() == 0;
    } catch (SQLException e) {
      return false;
    }
  }

  private static Map<Measure, Long> database(Tables tables) {
    try {
      return DatabaseHoldings.measure(tables);
    } catch (SQLException e) {
      // The sample counts as missing.
      return Map.of();
    }
  }

  private static Kind kind(String name) {
    return switch (name) {
      case Holdings.HEAP, Holdings.METASPACE -> Kind.MEMORY;
      case Holdings.FILES -> Kind.FILES;
      case Holdings.CONNECTIONS, Holdings.IN_USE -> Kind.CONNECTIONS;
      case Holdings.VIRTUAL_THREADS -> Kind.VIRTUAL_THREADS;
      default -> Kind.THREADS;
    };
  }
}
