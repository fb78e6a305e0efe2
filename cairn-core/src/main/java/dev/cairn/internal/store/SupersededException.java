package dev.cairn.internal.store;

/**
 * Another client has started under the id of this client, which had sent no heartbeat for some
 * time.
 */
public final class SupersededException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  public SupersededException(String message) {
    super(message);
  }
}
