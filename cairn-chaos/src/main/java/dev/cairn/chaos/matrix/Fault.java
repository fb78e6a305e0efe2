package dev.cairn.chaos.matrix;

import dev.cairn.chaos.life.Life;
import dev.cairn.testing.internal.Misbehaviour;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The misbehaviours of the matrix. */
public enum Fault {
  HANG,
  HANG_AFTER,
  LATE,
  LOST_ANSWER,
  LOST_STATEMENT,
  CUT,
  SERIALIZATION_40001,
  DEADLOCK_40P01,
  CANCELLED_57014,
  LOCKED_55P03,
  READ_ONLY_25006,
  TOO_MANY_53300,
  SHUTDOWN_57P01,
  INTERNAL_XX000,
  UNTRANSLATABLE_22P05,
  NO_STATE,
  OUT_OF_MEMORY,
  NO_CLASS,
  POOL;

  /** Misbehaviours of statements, which other calls cannot have. */
  private static final Set<Fault> OF_STATEMENTS =
      EnumSet.of(
          SERIALIZATION_40001,
          DEADLOCK_40P01,
          CANCELLED_57014,
          LOCKED_55P03,
          READ_ONLY_25006,
          INTERNAL_XX000,
          UNTRANSLATABLE_22P05);

  Misbehaviour misbehaviour() {
    return switch (this) {
      case HANG -> new Misbehaviour.Hangs(false);
      case HANG_AFTER -> new Misbehaviour.Hangs(true);
      case LATE ->
          new Misbehaviour.AnswersLate(Life.HEARTBEAT_TIMEOUT.multipliedBy(3).dividedBy(2));
      case LOST_ANSWER -> new Misbehaviour.LosesAnswer();
      case LOST_STATEMENT -> new Misbehaviour.LosesStatement();
      case CUT -> new Misbehaviour.Cuts();
      case SERIALIZATION_40001 -> new Misbehaviour.Fails("40001");
      case DEADLOCK_40P01 -> new Misbehaviour.Fails("40P01");
      case CANCELLED_57014 -> new Misbehaviour.Fails("57014");
      case LOCKED_55P03 -> new Misbehaviour.Fails("55P03");
      case READ_ONLY_25006 -> new Misbehaviour.Fails("25006");
      case TOO_MANY_53300 -> new Misbehaviour.Fails("53300");
      case SHUTDOWN_57P01 -> new Misbehaviour.Fails("57P01");
      case INTERNAL_XX000 -> new Misbehaviour.Fails("XX000");
      case UNTRANSLATABLE_22P05 -> new Misbehaviour.Fails("22P05");
      case NO_STATE -> new Misbehaviour.Fails(null);
      case OUT_OF_MEMORY -> new Misbehaviour.Throws(() -> new OutOfMemoryError("on purpose"), true);
      case NO_CLASS -> new Misbehaviour.Throws(() -> new NoClassDefFoundError("on purpose"), false);
      case POOL ->
          new Misbehaviour.Throws(
              () -> new IllegalStateException("the pool is closed, on purpose"), false);
    };
  }

  /** The name on the command line. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a call can misbehave in this way at all. */
  boolean fits(String statement) {
    boolean runsStatement =
        !Set.of("connect", "rollback", "getSchema", "isValid", "notifications").contains(statement)
            && !statement.startsWith("setAutoCommit");
    boolean isRefused = this == TOO_MANY_53300;
    if (this == UNTRANSLATABLE_22P05 && statement.startsWith("commit")) {
      return false;
    }
    return isRefused ? statement.equals("connect") : runsStatement || !OF_STATEMENTS.contains(this);
  }
}
