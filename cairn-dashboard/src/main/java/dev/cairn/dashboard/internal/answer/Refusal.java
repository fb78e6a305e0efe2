package dev.cairn.dashboard.internal.answer;

import org.jspecify.annotations.Nullable;

/** A request that is not answered. The message is for the user, and says the way out. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Code code;
  private final @Nullable String field;

  public Refusal(Code code, String message) {
    this(code, message, null);
  }

  public Refusal(Code code, String message, @Nullable Throwable cause) {
    this(code, message, cause, null);
  }

  private Refusal(Code code, String message, @Nullable Throwable cause, @Nullable String field) {
    super(message, cause);
    this.code = code;
    this.field = field;
  }

  /** A refusal because of one member of a request's body. */
  public static Refusal of(String field, Code code, String message) {
    return new Refusal(code, message, null, field);
  }

  /** The same refusal, because of one member of a request's body. */
  public Refusal in(String member) {
    return new Refusal(code, String.valueOf(getMessage()), this, member);
  }

  public Code code() {
    return code;
  }

  /** The member of the request's body that is wrong; null if it is none in particular. */
  public @Nullable String field() {
    return field;
  }

  public static Refusal invalid(String message) {
    return new Refusal(Code.INVALID, message);
  }

  public static Refusal notFound(String what) {
    return new Refusal(Code.NOT_FOUND, what);
  }
}
