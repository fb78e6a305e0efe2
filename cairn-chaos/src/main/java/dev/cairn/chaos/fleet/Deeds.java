package dev.cairn.chaos.fleet;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.InsertOptions;
import dev.cairn.JobInsert;
import dev.cairn.chaos.history.Deed;
import dev.cairn.chaos.history.Rung;

/** Creates insertions of {@link Deed}s, and the connection pool for them. */
public final class Deeds {
  private static final int POOL = 3;
  private static final long TIMEOUT_MILLIS = 3_000;

  private Deeds() {}

  /** An insertion of this kind of work. */
  public static JobInsert insert(Rung rung, String key) {
    String queue = rung == Rung.EXIT ? WorkerSettings.EXIT_QUEUE : WorkerSettings.QUEUE;
    return JobInsert.of(new Deed(rung, key), InsertOptions.defaults().withQueue(queue));
  }

  /** An insertion of a job that this client works only if it hears notifications. */
  public static JobInsert told(String client, String key) {
    return JobInsert.of(
        new Deed(Rung.TOLD, key),
        InsertOptions.defaults().withQueue(WorkerSettings.ownQueue(client)));
  }

  /** A pool for the inserting client, which is connected directly to the database. */
  public static HikariDataSource pool(Target target, String schema) {
    var config = new HikariConfig();
    config.setDataSource(target.direct(schema));
    config.setSchema(schema);
    config.setMaximumPoolSize(POOL);
    config.setConnectionTimeout(TIMEOUT_MILLIS);
    return new HikariDataSource(config);
  }
}
