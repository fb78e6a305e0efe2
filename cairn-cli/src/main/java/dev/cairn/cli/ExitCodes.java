package dev.cairn.cli;

/** The exit codes of all commands. Documented in {@code docs/cli.md}. */
public final class ExitCodes {
  /** Everything was done. */
  public static final int DONE = 0;

  /** The command failed, was refused, or found what it reports by failing. */
  public static final int FAILED = 1;

  /** The command line is wrong. */
  public static final int USAGE = 2;

  /** There is no such job or queue. */
  public static final int NOT_FOUND = 3;

  /** {@code doctor} found a problem. */
  public static final int UNHEALTHY = 4;

  /** {@code jobs watch}, {@code stats}: the database was out of reach for too long. */
  public static final int UNREACHABLE = 5;

  private ExitCodes() {}
}
