package dev.cairn;

import org.jspecify.annotations.Nullable;

/**
 * The database's tables do not fit this version of Cairn: they are missing, too old or too new. The
 * message names the command that fixes it.
 */
public class SchemaException extends CairnException {
  private static final long serialVersionUID = 1L;

  public SchemaException(String message) {
    super(message);
  }

  public SchemaException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
