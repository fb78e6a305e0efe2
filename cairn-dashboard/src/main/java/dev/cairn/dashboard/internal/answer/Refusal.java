package dev.cairn.dashboard.internal.answer;

import org.jspecify.annotations.Nullable;

/** A request that is not answered. The message is for the user, and says the way out. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;

  public Refusal(Code code, String message) {
    this(code, message, null);
  }

  public Refusal(Code code, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  public static Refusal invalid(String message) {
    return new Refusal(Code.INVALID, message);
  }

  public static Refusal notFound(String what) {
    return new Refusal(Code.NOT_FOUND, what);
  }
}
