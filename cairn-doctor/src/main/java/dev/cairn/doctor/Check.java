package dev.cairn.doctor;

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
    List<Finding> at(ReadOnlyConnection database) throws SQLException;
  }
}
