package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.jdbc.metadata.CompositeDataSourcePoolMetadataProvider;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadata;
import org.springframework.boot.jdbc.metadata.DataSourcePoolMetadataProvider;

/** Compares a pool with what the jobs of a client may need at the same time. */
final class PoolSize {
  private static final Logger log = LoggerFactory.getLogger(PoolSize.class);

  /** What the client needs beside its jobs: docs/sizing.md. */
  private static final int OF_CLIENT = 5;

  private PoolSize() {}

  /**
   * Says so if the pool has fewer connections than the slots of all queues and the client. This is
   * right if few jobs use the database at the same time, so it is no warning.
   *
   * @param providers Boot's, which know the pools that it can make
   */
  static void compare(
      DataSource dataSource,
      ObjectProvider<DataSourcePoolMetadataProvider> providers,
      Cairn client) {
    List<DataSourcePoolMetadataProvider> all = providers.orderedStream().toList();
    DataSourcePoolMetadata pool =
        new CompositeDataSourcePoolMetadataProvider(all).getDataSourcePoolMetadata(dataSource);
    Integer most = pool == null ? null : pool.getMax();
    Map<String, ClientStatus.QueueStatus> queues = client.status().queues();
    int slots = queues.values().stream().mapToInt(ClientStatus.QueueStatus::maxWorkers).sum();
    if (most != null && most > 0 && !queues.isEmpty() && most < slots + OF_CLIENT) {
      log.info(
          "The pool of the jobs has {} connections, and the queues {} run up to {} jobs at once."
              + " If all of them use the database at the same time, jobs and requests wait for"
              + " connections: then give the pool {} or more, with"
              + " spring.datasource.hikari.maximum-pool-size for example, or lower the number of"
              + " jobs with cairn.max-workers [CAIRN-717]",
          most,
          new TreeSet<>(queues.keySet()),
          slots,
          slots + OF_CLIENT);
    }
  }
}
