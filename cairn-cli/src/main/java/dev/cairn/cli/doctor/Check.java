package dev.cairn.cli.doctor;

import dev.cairn.cli.Reader;
import java.sql.SQLException;
import java.util.List;

/**
 * Looks at one thing.
 *
 * @param name what it looks at
 */
record Check(String name, Look look) {
  /** How it looks. */
  @FunctionalInterface
  interface Look {
    List<Finding> at(Reader database) throws SQLException;
  }
}
