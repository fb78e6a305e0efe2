package dev.cairn.internal.client;

import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.ResumableMiddleware;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import java.util.ArrayList;
import java.util.List;

/**
 * All middleware of a client, the outermost first: what the application has added, and inside of it
 * Cairn's own, which stands here and nowhere else. {@code JobLog} and what {@code
 * cairn-observability} brings are added by the application.
 */
public final class OwnMiddleware {
  private OwnMiddleware() {}

  /** The list that an attempt and an insertion go through. */
  public static List<Middleware> inside(
      List<Middleware> ofApplication, JsonCodec codec, ResumableLimits limits) {
    var all = new ArrayList<>(ofApplication);
    all.add(new ResumableMiddleware(codec, limits)); // Steps.of(context)
    return List.copyOf(all);
  }
}
