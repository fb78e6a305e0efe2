package dev.cairn.internal.claims;

/** Thrown instead of claiming, because the client stops. */
public final class ClosedRegisterException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  ClosedRegisterException() {
    super("this client claims no more jobs, because it was stopped [CAIRN-114]");
  }
}
