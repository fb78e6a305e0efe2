package dev.cairn.dashboard.internal.answer;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.dashboard.internal.read.Reader.Busy;
import dev.cairn.dashboard.internal.read.Reader.FailedRead;
import dev.cairn.dashboard.internal.read.TimelyDataSource.NoConnection;
import java.sql.SQLException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns what Cairn and the database throw into a {@link Refusal}. */
public final class Failures {
  private static final int CAUSES_MAX = 20;
  private static final int TEXT_MAX = 200;

  /** A table, a schema, a type, a column or a function does not exist. */
  private static final Set<String> LACKS = Set.of("42P01", "3F000", "42704", "42703", "42883");

  private static final String TOOK_TOO_LONG = "57014";

  private static final String AWAY =
      "The database does not answer. This page continues by itself when it does again.";

  private static final String SLOW =
      "The database is slow, or does not answer: other queries of the dashboard are still under way.";

  private static final String NO_CONNECTION =
      "The dashboard got no connection to the database in time. If the database is up, its data"
          + " source has no connection left, or waits without a timeout: give the dashboard a pool"
          + " with a few connections and a connection timeout.";

  private static final String BROKEN = "The dashboard has failed: see its log for the reason.";

  private static final String UNKNOWN =
      "The database has not confirmed this, so it may or may not have been done. Look at the jobs"
          + " before you do it again.";

  private Failures() {}

  public static Refusal of(Throwable failure) {
    if (failure instanceof Refusal refusal) {
      return refusal;
    }
    if (failure instanceof IllegalArgumentException) {
      return new Refusal(Code.INVALID, message(failure), failure);
    }
    if (failure instanceof IllegalStateException) {
      return new Refusal(Code.CONFLICT, message(failure), failure);
    }
    if (failure instanceof Busy busy) {
      String why = busy.withoutConnection() ? NO_CONNECTION : SLOW;
      return new Refusal(Code.UNAVAILABLE, why, failure);
    }
    if (failure instanceof UnknownOutcome) {
      return new Refusal(Code.UNAVAILABLE, UNKNOWN, failure);
    }
    SQLException sql = sqlCause(failure);
    if (sql instanceof NoConnection) {
      return new Refusal(Code.UNAVAILABLE, NO_CONNECTION, failure);
    }
    if (sql != null) {
      return ofState(sql.getSQLState() == null ? "" : sql.getSQLState(), failure);
    }
    if (failure instanceof SchemaException) {
      return new Refusal(Code.UNAVAILABLE, message(failure), failure);
    }
    if (failure instanceof StoreUnavailableException) {
      return new Refusal(Code.UNAVAILABLE, AWAY, failure);
    }
    if (failure instanceof CairnException) {
      return new Refusal(Code.CONFLICT, message(failure), failure);
    }
    return new Refusal(Code.UNAVAILABLE, BROKEN, failure);
  }

  /** The database does not answer. */
  public static Refusal away() {
    return new Refusal(Code.UNAVAILABLE, AWAY);
  }

  /** Whether the database has ended a statement, because it took too long. */
  public static boolean tookTooLong(Throwable failure) {
    SQLException sql = sqlCause(failure);
    return sql != null && TOOK_TOO_LONG.equals(sql.getSQLState());
  }

  private static Refusal ofState(String state, Throwable failure) {
    if (state.equals(TOOK_TOO_LONG)) {
      return new Refusal(
          Code.UNAVAILABLE,
          "The database took too long for this. Narrow the search, or try again later.",
          failure);
    }
    if (state.equals("42501") || state.equals("25006")) {
      return new Refusal(
          Code.FORBIDDEN,
          "The database role of the dashboard may not do this: it may only read. Give the dashboard"
              + " a role that may change jobs.",
          failure);
    }
    if (LACKS.contains(state)) {
      return new Refusal(
          Code.UNAVAILABLE,
          "Cairn's tables are missing in this schema, or of an older version (%s): run `./cairn migrate up%s`."
              .formatted(lacking(failure), option(failure)),
          failure);
    }
    if (state.startsWith("22") || state.startsWith("23") || state.startsWith("54")) {
      return new Refusal(Code.INVALID, "The database refuses a value of this request.", failure);
    }
    if (state.equals("55P03") || state.startsWith("40")) {
      return new Refusal(
          Code.CONFLICT,
          "Somebody else is changing the same at this moment, so this was not changed. Try again.",
          failure);
    }
    return new Refusal(Code.UNAVAILABLE, isAway(state) ? AWAY : BROKEN, failure);
  }

  /** Without it, the command would create or change the tables of another schema. */
  private static String option(Throwable failure) {
    return failure instanceof FailedRead read && read.schema() != null
        ? " --schema " + read.schema()
        : "";
  }

  /** What the database says, for example that a column does not exist. */
  private static String lacking(Throwable failure) {
    SQLException sql = sqlCause(failure);
    String message = sql == null ? "" : message(sql);
    String line = message.lines().findFirst().orElse("").replaceFirst("^[A-Z]+: ", "");
    return line.length() > TEXT_MAX ? line.substring(0, TEXT_MAX) + "..." : line;
  }

  /** The connection broke or was refused, or the server cannot work now. */
  private static boolean isAway(String state) {
    return state.isEmpty()
        || state.startsWith("08")
        || state.startsWith("28")
        || state.startsWith("3D")
        || state.startsWith("53")
        || state.startsWith("57P")
        || state.startsWith("58");
  }

  private static @Nullable SQLException sqlCause(Throwable failure) {
    Throwable cause = failure;
    for (int i = 0; cause != null && i < CAUSES_MAX; i++) {
      if (cause instanceof SQLException sql) {
        return sql;
      }
      cause = cause.getCause();
    }
    return null;
  }

  private static String message(Throwable failure) {
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.toString() : message;
  }
}
