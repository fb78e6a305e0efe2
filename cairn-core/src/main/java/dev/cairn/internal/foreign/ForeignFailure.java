package dev.cairn.internal.foreign;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What foreign code has thrown. The methods of an exception are code of its class, which may throw
 * too; those of this class do not.
 */
public record ForeignFailure(Throwable thrown) {
  /** Chains may be made longer, or go in circles. */
  private static final int CHAIN_MAX = 100;

  @FunctionalInterface
  private interface Words {
    @Nullable String say();
  }

  /** What it says; the name of its class if it says nothing. */
  public String message() {
    String message = say(thrown::getMessage);
    return message.isBlank() ? thrown.getClass().getName() : message;
  }

  /** Its class and what it says. */
  public String text() {
    return say(thrown::toString);
  }

  /** What it prints of itself and where it comes from. */
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
      return "%s, which cannot be put in words: its own code throws %s"
          .formatted(thrown.getClass().getName(), e.getClass().getName());
    }
  }

  /** Itself and what it was caused by, as far as that can be told. */
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

  /** The first of a type in the chain; null if there is none. */
  public <T extends Throwable> @Nullable T find(Class<T> type) {
    for (Throwable each : chain()) {
      if (type.isInstance(each)) {
        return type.cast(each);
      }
    }
    return null;
  }

  /** Adds another failure to it. The same one again cannot be suppressed in itself. */
  @SuppressWarnings("ReferenceEquality") // the very same object is meant
  public void suppress(Throwable further) {
    if (thrown != further) {
      thrown.addSuppressed(further);
    }
  }
}
