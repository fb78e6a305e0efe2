package dev.cairn.internal.store;

/** Another client has begun a life under the id of this one, which was away. */
public final class SupersededException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  public SupersededException(String message) {
    super(message);
  }
}
