package dev.cairn.internal.postgres;

import dev.cairn.CairnException;
import dev.cairn.SchemaException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.foreign.ForeignFailure;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;
import java.sql.SQLException;
import java.util.Set;
import org.postgresql.util.PSQLException;

/** The only class of this package that interprets SQLSTATEs. */
final class SqlErrors {
  /** A limit of PostgreSQL is exceeded, for example the length of an index entry. */
  private static final String PROGRAM_LIMIT = "54000";

  /** A lock could not be acquired, or not within lock_timeout. */
  private static final String LOCKED = "55P03";

  /** A table or an index, a schema, or another object of this name is already there. */
  private static final Set<String> ALREADY_THERE = Set.of("42P07", "42P06", "42710");

  private SqlErrors() {}

  /** The exception to throw for a statement that failed. */
  static CairnException translate(String what, SQLException e) {
    String state = stateOf(e);
    String message = new ForeignFailure(e).message();
    if (isMissingSchema(state) && !isRaisedInFunction(e)) {
      return new SchemaException(
          "Could not %s: Cairn's tables are missing or incomplete; run `./cairn migrate up` for its schema (%s) [CAIRN-601]"
              .formatted(what, message),
          e);
    }
    if (isUnavailable(state)) {
      return new StoreUnavailableException(
          "Could not %s: the database is not available (%s) [CAIRN-605]".formatted(what, message),
          e);
    }
    if (isContended(state) || isQueueOfNoticesFull(e)) {
      return new ContendedException(
          "Could not %s now: %s [CAIRN-606]".formatted(what, message), e, state.equals(LOCKED));
    }
    if (isBadData(state)) {
      return new RejectedDataException(
          "Could not %s: the database refuses the values (%s) [CAIRN-607]".formatted(what, message),
          e,
          isDuplicate(e));
    }
    return new CairnException("Could not %s: %s [CAIRN-608]".formatted(what, message), e);
  }

  /** A serialization failure or a deadlock: the transaction can be run again (R4). */
  static boolean isRetryable(SQLException e) {
    String state = stateOf(e);
    return state.equals("40001") || state.equals("40P01");
  }

  /**
   * The connection broke, or the server was shut down, crashed, is starting, or has ended a session
   * that was idle outside of a transaction. For statements of the user, so it covers less than
   * {@link #isUnavailable}: a wrong password or a full disk may be the user's own fault.
   */
  static boolean isOutage(SQLException e) {
    String state = stateOf(e);
    return state.startsWith("08")
        || state.equals("57P01")
        || state.equals("57P02")
        || state.equals("57P03")
        || state.equals("57P05");
  }

  /** The role of the connection lacks a privilege. */
  static boolean isForbidden(SQLException e) {
    return stateOf(e).equals("42501");
  }

  /** Another row has the same unique key. */
  static boolean isDuplicate(SQLException e) {
    return stateOf(e).equals("23505");
  }

  /**
   * Another session changed the same objects at the same time: a deadlock, the object already
   * exists, or its row in the system catalog has changed in between.
   */
  static boolean isCollision(CairnException e) {
    return e.getCause() instanceof SQLException cause
        && (isRetryable(cause)
            || isDuplicate(cause)
            || ALREADY_THERE.contains(stateOf(cause))
            || isCatalogRowChanged(cause));
  }

  /** PostgreSQL reports this as an internal error, so the name of its source file decides. */
  private static boolean isCatalogRowChanged(SQLException e) {
    return stateOf(e).equals("XX000") && isRaisedIn(e, "heapam.c");
  }

  /** Another session holds a lock, and this session did not wait any longer for it. */
  static boolean isLocked(CairnException e) {
    return e.getCause() instanceof SQLException cause && stateOf(cause).equals(LOCKED);
  }

  /**
   * The values themselves are refused (classes 22 and 23), so the same statement will fail again.
   */
  private static boolean isBadData(String state) {
    return state.startsWith("22") || state.startsWith("23") || state.equals(PROGRAM_LIMIT);
  }

  /**
   * The connection broke, was refused or leads to a standby, or the server is shutting down or out
   * of disk. The outcome is unknown, and nothing works until the cause is removed. A pool without a
   * free connection throws an exception without an SQLSTATE.
   */
  private static boolean isUnavailable(String state) {
    return state.isEmpty()
        || state.startsWith("08")
        || state.startsWith("28")
        || (state.startsWith("53") && !state.equals("53200"))
        || state.startsWith("57P")
        || state.startsWith("58")
        || state.equals("25006")
        || state.equals("3D000");
  }

  /** The same statement may succeed next time, or with fewer rows. */
  private static boolean isContended(String state) {
    return state.startsWith("40")
        || state.startsWith("55")
        || state.equals("57014")
        || state.equals("53200")
        || state.startsWith("25P");
  }

  /**
   * PostgreSQL's queue of unread notifications is full. Until it has room again, no transaction
   * that notifies can commit, whatever its values are. The SQLSTATE is the same as for an index
   * entry that is too long, and the message may be in any language. So the name of PostgreSQL's
   * source file decides.
   */
  private static boolean isQueueOfNoticesFull(SQLException e) {
    return stateOf(e).equals(PROGRAM_LIMIT) && isRaisedIn(e, "async.c");
  }

  private static boolean isRaisedIn(SQLException e, String sourceFile) {
    return e instanceof PSQLException said
        && said.getServerErrorMessage() != null
        && sourceFile.equals(said.getServerErrorMessage().getFile());
  }

  private static boolean isMissingSchema(String state) {
    return state.equals("42P01") || state.equals("3F000") || state.equals("42704");
  }

  /**
   * Whether a trigger or another function of the user lacks an object, which no migration of Cairn
   * creates. If the statement itself lacks an object, the error has a position in its text. A
   * context alone does not decide: the server may be configured to report the values of the
   * parameters there.
   */
  private static boolean isRaisedInFunction(SQLException e) {
    return e instanceof PSQLException said
        && said.getServerErrorMessage() != null
        && said.getServerErrorMessage().getWhere() != null
        && said.getServerErrorMessage().getPosition() == 0;
  }

  private static String stateOf(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }
}
