package dev.cairn.chaos.fleet;

import dev.cairn.chaos.fleet.OwnServer.Node;
import dev.cairn.chaos.proxy.Proxy;
import dev.cairn.embedded.EmbeddedDatabase;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A streaming standby of the server under attack. It can be cut off from the server, and replace
 * it. Used by one thread.
 */
public final class Standby implements AutoCloseable {
  private static final Duration STREAMING_MAX = Duration.ofSeconds(30);
  private static final long INTERVAL_MILLIS = 50;

  /** How long the server's processes may take to notice a changed setting. */
  private static final long RELOAD_MILLIS = 1_000;

  private final OwnServer server;
  private final Node primary;
  private final Node node;
  private final String name;
  private final Proxy cable;
  private final boolean synchronous;
  private boolean promoted;

  private Standby(OwnServer server, Node node, String name, Proxy cable, boolean synchronous) {
    this.server = server;
    this.primary = server.node();
    this.node = node;
    this.name = name;
    this.cable = cable;
    this.synchronous = synchronous;
  }

  /**
   * Starts a standby.
   *
   * @param synchronous whether COMMIT waits for the standby
   */
  static Standby start(OwnServer server, String name, boolean synchronous)
      throws IOException, SQLException {
    Node primary = server.node();
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), primary.port());
    Proxy cable = Proxy.start(() -> address);
    try {
      EmbeddedDatabase copy = primary.server().standby(name, cable.port());
      Node node = new Node(copy, copy.database(primary.database().name()));
      return new Standby(server, node, name, cable, synchronous);
    } catch (SQLException | RuntimeException e) {
      cable.close();
      throw e;
    }
  }

  /** Waits until the standby has caught up. From then on, COMMIT may wait for it. */
  public void awaitStreaming() throws IOException, SQLException, InterruptedException {
    if (synchronous) {
      primary
          .sql()
          .execute(
              "ALTER SYSTEM SET synchronous_standby_names = '%s'".formatted(name),
              "SELECT pg_reload_conf()");
    }
    String caughtUp =
        """
        SELECT count(*) FROM pg_stat_replication
        WHERE application_name = '%s' AND state = 'streaming' AND sync_state = '%s'
        """
            .formatted(name, synchronous ? "sync" : "async");
    long end = System.nanoTime() + STREAMING_MAX.toNanos();
    while (primary.sql().number(caughtUp) == 0) {
      if (System.nanoTime() - end > 0) {
        throw new IOException("the standby does not stream within " + STREAMING_MAX);
      }
      TimeUnit.MILLISECONDS.sleep(INTERVAL_MILLIS);
    }
    TimeUnit.MILLISECONDS.sleep(RELOAD_MILLIS);
  }

  /** Cuts the standby off without closing connections: nothing arrives any more. */
  public void cutOff() {
    cable.darken();
  }

  /**
   * Crashes the server, promotes this standby, and directs all clients to it.
   *
   * @param early whether clients are directed to the standby before it accepts writes
   */
  public void takeOver(boolean early) {
    if (early) {
      server.lead(node);
    }
    primary.server().crash();
    node.server().promote();
    promoted = true;
    server.lead(node);
  }

  /**
   * Determines what the new server lacks. For this, the old server is started once more, without
   * clients, and then deleted.
   *
   * @param before the time when the standby was cut off, or when the server crashed
   */
  public Loss loss(Tables tables, long before)
      throws IOException, SQLException, InterruptedException {
    // Read first, so that jobs that are deleted later do not count as lost.
    Set<String> arrived = tables.keysOn(node.database().dataSource());
    long lastArrival =
        node.sql()
            .number(
                """
                SELECT coalesce(floor(extract(epoch FROM pg_last_xact_replay_timestamp()) * 1000), 0)
                """);
    server.startAgain(primary);
    var missing = new HashSet<>(tables.keysOn(primary.database().dataSource()));
    missing.removeAll(arrived);
    long bytes =
        primary
            .sql()
            .number(
                "SELECT pg_current_wal_flush_lsn() - '%s'"
                    .formatted(node.sql().text("SELECT pg_last_wal_replay_lsn()")));
    primary.server().close();
    return new Loss(lastArrival == 0 ? before : lastArrival, bytes, Set.copyOf(missing));
  }

  @Override
  public void close() throws IOException, SQLException {
    cable.close();
    if (promoted) {
      return;
    }
    node.server().close();
    // Sessions that wait for the standby would wait forever, and its slot keeps the WAL.
    primary
        .sql()
        .execute(
            "ALTER SYSTEM RESET synchronous_standby_names",
            "SELECT pg_reload_conf()",
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT"
                + " active");
  }

  /**
   * What a failover has lost.
   *
   * @param sinceMillis the commit time of the last transaction that arrived. All later ones are
   *     lost
   * @param bytes how much longer the old server's WAL is
   * @param keys the keys of jobs that only the old server has
   */
  public record Loss(long sinceMillis, long bytes, Set<String> keys) {}
}
