package dev.cairn.cli;

import dev.cairn.CairnException;

/** There is no job or queue of that id or name: {@link ExitCodes#NOT_FOUND}. */
public final class NotFoundException extends CairnException {
  private static final long serialVersionUID = 1L;

  /** With a sentence that names what is missing. */
  public NotFoundException(String message) {
    super(message);
  }
}
