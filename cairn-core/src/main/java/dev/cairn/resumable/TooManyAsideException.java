package dev.cairn.resumable;

/** More items have failed than may be put aside. A further try within the attempt cannot help. */
final class TooManyAsideException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  TooManyAsideException(String message) {
    super(message);
  }
}
