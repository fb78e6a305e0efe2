package dev.cairn.testing.internal;

import java.util.function.Predicate;

/**
 * A call that goes to the database, or would if nothing came in between.
 *
 * @param name a statement's purpose, as its leading comment says it; else its first word. Other
 *     calls are {@code connect}, {@code setAutoCommit(false)}, {@code commit after <statement>},
 *     {@code rollback}, {@code getSchema}, {@code isValid}, {@code copy} and {@code notifications}
 * @param inTransaction whether it is a statement on a connection with auto-commit off
 * @param thread the name of the thread that makes it
 */
public record DatabaseCall(String name, boolean inTransaction, String thread) {
  static final String CONNECT = "connect";
  static final String NOTIFICATIONS = "notifications";
  private static final String COMMIT = "commit";
  private static final String IN_TRANSACTION = " [in a transaction]";

  /** The commit of a transaction whose last statement that says its purpose was this one. */
  static String commitAfter(String statement) {
    return statement.isEmpty() ? COMMIT : COMMIT + " after " + statement;
  }

  /**
   * Tells calls apart that have one name: a statement on its own from the same one in a
   * transaction.
   */
  public String address() {
    return inTransaction ? name + IN_TRANSACTION : name;
  }

  public boolean isCommit() {
    return name.startsWith(COMMIT);
  }

  /** Calls with this name, in a transaction or not. */
  public static Predicate<DatabaseCall> named(String name) {
    return call -> call.name.equals(name);
  }

  /** Calls with this address. */
  public static Predicate<DatabaseCall> at(String address) {
    return call -> call.address().equals(address);
  }

  /** Every call. */
  public static Predicate<DatabaseCall> any() {
    return call -> true;
  }
}
