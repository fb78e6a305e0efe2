package dev.cairn.cli;

import dev.cairn.embedded.FreshDatabase;

/** The address of a database as {@code --database-url} takes it. */
public final class Address {
  private Address() {}

  /** With the password: the commands of a test run in this process, where nobody else sees it. */
  public static String of(FreshDatabase database) {
    return "postgres://%s:%s@%s:%d/%s"
        .formatted(
            database.user(),
            database.password(),
            database.host(),
            database.port(),
            database.name());
  }
}
