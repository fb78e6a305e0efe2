package dev.cairn.embedded;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/** The embedded PostgreSQL cannot be started or reached. The message says what to do. */
public final class EmbeddedDatabaseException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  EmbeddedDatabaseException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
