package dev.cairn.internal.client;

import dev.cairn.resumable.ResumableLimits;
import dev.cairn.resumable.ResumableMiddleware;
import dev.cairn.spi.JsonCodec;
import dev.cairn.spi.Middleware;
import java.util.ArrayList;
import java.util.List;

/**
 * All middleware of a client, the outermost first: the application's middleware, and inside it
 * Cairn's own, which is listed only here. The application adds {@code JobLog} and the middleware of
 * {@code cairn-observability}.
 */
public final class OwnMiddleware {
  private OwnMiddleware() {}

  /** The complete list, for attempts and insertions. */
  public static List<Middleware> inside(
      List<Middleware> ofApplication, JsonCodec codec, ResumableLimits limits) {
    var all = new ArrayList<>(ofApplication);
    all.add(new ResumableMiddleware(codec, limits)); // Steps.of(context)
    return List.copyOf(all);
  }
}
