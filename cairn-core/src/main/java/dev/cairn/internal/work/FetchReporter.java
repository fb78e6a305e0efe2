package dev.cairn.internal.work;

import dev.cairn.spi.Fetch;
import dev.cairn.spi.Hook;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the hooks of each claim. */
record FetchReporter(List<Hook> hooks) {
  private static final Logger log = LoggerFactory.getLogger(FetchReporter.class);

  FetchReporter {
    hooks = List.copyOf(hooks);
  }

  /** A hook that fails is no reason to claim less. */
  void report(Fetch fetch) {
    for (Hook hook : hooks) {
      try {
        hook.afterFetch(fetch);
      } catch (RuntimeException e) {
        log.warn("Hook {} failed after a fetch", hook.getClass().getName(), e);
      }
    }
  }
}
