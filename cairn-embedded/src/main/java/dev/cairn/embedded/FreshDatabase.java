package dev.cairn.embedded;

import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An empty database on an embedded server. It lives as long as its server.
 *
 * @param name unique within its server
 * @param jdbcUrl leads to it as a superuser without a password, from this machine only
 */
public record FreshDatabase(String name, String jdbcUrl) {
  /** A data source without a pool: each connection is a new one. */
  public DataSource dataSource() {
    var dataSource = new PGSimpleDataSource();
    dataSource.setUrl(jdbcUrl);
    return dataSource;
  }
}
