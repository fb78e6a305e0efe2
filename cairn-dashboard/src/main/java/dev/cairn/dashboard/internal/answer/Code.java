package dev.cairn.dashboard.internal.answer;

import java.util.Locale;

/** The kinds of refusals, with their status of HTTP. */
public enum Code {
  NOT_FOUND(404),
  FORBIDDEN(403),
  UNAUTHENTICATED(401),
  INVALID(400),
  CONFLICT(409),
  UNAVAILABLE(503),
  TOO_LARGE(413),
  TOO_MANY(429),
  UNSUPPORTED(415),
  NO_SUCH_METHOD(405);

  private final int status;

  Code(int status) {
    this.status = status;
  }

  public int status() {
    return status;
  }

  public String label() {
    return switch (this) {
      case UNSUPPORTED, NO_SUCH_METHOD -> INVALID.label();
      default -> name().toLowerCase(Locale.ROOT);
    };
  }
}
