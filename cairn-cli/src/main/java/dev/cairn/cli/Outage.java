package dev.cairn.cli;

import dev.cairn.StoreUnavailableException;
import java.sql.SQLException;
import java.util.Objects;
import java.util.stream.Stream;

/** Failures after which a command that watches looks again. */
public final class Outage {
  private static final int CAUSES_MAX = 10;

  private Outage() {}

  /**
   * Whether the database cannot answer at the moment, and may be able to later: it is out of reach,
   * starts or stops, is overloaded, ends a statement that takes too long, or a standby ends it
   * because of a conflict with its recovery.
   */
  public static boolean is(Throwable failure) {
    return failure instanceof StoreUnavailableException
        || Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
            .limit(CAUSES_MAX)
            .anyMatch(it ->
                it instanceof SQLException sql
                    && sql.getSQLState() != null
                    && mayPass(sql.getSQLState()));
  }

  /** What the failure says, in one line. */
  public static String said(Throwable failure) {
    return String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
  }

  private static boolean mayPass(String state) {
    return state.startsWith("08")
        || state.equals("25P03")
        || state.equals("25P04")
        || state.startsWith("40")
        || state.startsWith("53")
        || state.startsWith("55")
        || state.startsWith("57P")
        || state.equals("57014");
  }
}
