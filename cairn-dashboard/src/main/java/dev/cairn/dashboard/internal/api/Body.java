package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.internal.answer.Code;
import dev.cairn.dashboard.internal.answer.Json;
import dev.cairn.dashboard.internal.answer.Refusal;
import java.io.IOException;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Reads the JSON of a request, as much as there may be. */
final class Body {
  /** Ten thousand ids of the largest jobs that there can be, and a filter. */
  private static final int BYTES_MAX = 262_144;

  private Body() {}

  /** A text up to a character, or all of it. */
  static String before(String text, char end) {
    int at = text.indexOf(end);
    return at < 0 ? text : text.substring(0, at);
  }

  static JsonNode of(DashboardRequest request) {
    String type =
        before(request.header("Content-Type").orElse(""), ';').strip().toLowerCase(Locale.ROOT);
    if (!type.equals("application/json")) {
      throw new Refusal(Code.UNSUPPORTED, "The body of the request must be application/json.");
    }
    try {
      byte[] bytes = request.body().readNBytes(BYTES_MAX + 1);
      if (bytes.length > BYTES_MAX) {
        throw new Refusal(
            Code.TOO_LARGE,
            "The body of a request may have at most %d bytes.".formatted(BYTES_MAX));
      }
      return Json.object(bytes);
    } catch (IOException e) {
      throw new Refusal(Code.INVALID, "The body of the request cannot be read.", e);
    }
  }
}
