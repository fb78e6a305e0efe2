package dev.cairn.chaos.proxy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the statement that a message of a client executes. Used by one thread. */
final class Portals {
  private static final int HEADER_BYTES = 5;

  private final Map<String, String> prepared = new HashMap<>();
  private final Map<String, String> bound = new HashMap<>();

  /** The text of the statement that this message executes; null if it executes none. */
  @Nullable String executes(byte[] message) {
    return switch (message[0]) {
      case 'Q' -> text(message, HEADER_BYTES);
      case 'P' -> {
        String name = text(message, HEADER_BYTES);
        prepared.put(name, text(message, after(message, HEADER_BYTES)));
        yield null;
      }
      case 'B' -> {
        String portal = text(message, HEADER_BYTES);
        String name = text(message, after(message, HEADER_BYTES));
        bound.put(portal, prepared.getOrDefault(name, ""));
        yield null;
      }
      case 'E' -> bound.getOrDefault(text(message, HEADER_BYTES), "");
      default -> null;
    };
  }

  private static String text(byte[] message, int from) {
    return new String(message, from, after(message, from) - 1 - from, StandardCharsets.UTF_8);
  }

  private static int after(byte[] message, int from) {
    int end = from;
    while (message[end] != 0) {
      end++;
    }
    return end + 1;
  }
}
