package dev.cairn.chaos.campaign;

import dev.cairn.chaos.fleet.Tables;
import java.sql.SQLException;
import java.util.function.Consumer;

/**
 * The schema of a run in a user's database. It is dropped after a clean run. Otherwise its name is
 * printed, also when the program is stopped. Used by one thread.
 */
final class UserSchema {
  private final Tables tables;
  private final Consumer<String> printer;
  private final Thread kept = new Thread(this::sayKept);
  private volatile boolean dropped;

  private UserSchema(Tables tables, Consumer<String> printer) {
    this.tables = tables;
    this.printer = printer;
  }

  /** From now on, the end of the program prints the name. */
  static UserSchema watch(Tables tables, Consumer<String> printer) {
    var schema = new UserSchema(tables, printer);
    Runtime.getRuntime().addShutdownHook(schema.kept);
    return schema;
  }

  /** Drops the schema, or prints its name. A schema that cannot be dropped costs no result. */
  void end(boolean clean) {
    dropped = clean && drop();
    try {
      Runtime.getRuntime().removeShutdownHook(kept);
    } catch (IllegalStateException e) {
      // The program is being stopped: the hook says what there is to say.
      return;
    }
    if (!dropped) {
      sayKept();
    }
  }

  private boolean drop() {
    try {
      tables.drop();
      return true;
    } catch (SQLException e) {
      printer.accept("the schema %s cannot be dropped: %s".formatted(tables.schema(), e));
      return false;
    }
  }

  private void sayKept() {
    if (dropped) {
      return;
    }
    printer.accept(
        "the schema %s is kept: drop it when you no longer need it".formatted(tables.schema()));
  }
}
