package dev.cairn.internal.foreign;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An exception of foreign code. The exception's own methods are foreign code too and may throw; the
 * methods of this class do not.
 */
public record ForeignFailure(Throwable thrown) {
  /** A limit, because chains may be longer, or circular. */
  private static final int CHAIN_MAX = 100;

  @FunctionalInterface
  private interface Words {
    @Nullable String say();
  }

  /** The message, or the name of the class if there is none. */
  public String message() {
    String message = say(thrown::getMessage);
    return message.isBlank() ? thrown.getClass().getName() : message;
  }

  /** The class and the message. */
  public String text() {
    return say(thrown::toString);
  }

  /** The stack trace as text. */
  public String trace() {
    return say(() -> {
      var text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text));
      return text.toString();
    });
  }

  private String say(Words words) {
    try {
      String said = words.say();
      return said == null ? "" : said;
    } catch (Throwable e) {
      return "%s, which cannot be described: its own code throws %s"
          .formatted(thrown.getClass().getName(), e.getClass().getName());
    }
  }

  /** The exception and its causes, as far as they can be read. */
  public List<Throwable> chain() {
    var chain = new ArrayList<Throwable>();
    Throwable next = thrown;
    while (next != null && chain.size() < CHAIN_MAX) {
      chain.add(next);
      next = causeOf(next);
    }
    return chain;
  }

  private static @Nullable Throwable causeOf(Throwable failure) {
    try {
      return failure.getCause();
    } catch (Throwable e) {
      return null;
    }
  }

  /** The first exception of a type in the chain; null if there is none. */
  public <T extends Throwable> @Nullable T find(Class<T> type) {
    for (Throwable each : chain()) {
      if (type.isInstance(each)) {
        return type.cast(each);
      }
    }
    return null;
  }

  /**
   * Adds another failure as suppressed. An exception cannot be suppressed in itself, so the same
   * one is ignored.
   */
  @SuppressWarnings("ReferenceEquality") // the same object is meant
  public void suppress(Throwable further) {
    if (thrown != further) {
      thrown.addSuppressed(further);
    }
  }
}
