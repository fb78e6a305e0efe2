package dev.cairn.internal.work;

import dev.cairn.internal.foreign.ForeignCode;
import dev.cairn.spi.Fetch;
import dev.cairn.spi.Hook;
import java.util.List;

/**
 * Tells the hooks of each claim, on the teller's thread: a hook that hangs must not stop a queue.
 */
record FetchReporter(List<Hook> hooks, Teller teller) {
  FetchReporter {
    hooks = List.copyOf(hooks);
  }

  void report(Fetch fetch) {
    if (!hooks.isEmpty()) {
      teller.tell(() -> tell(fetch));
    }
  }

  private void tell(Fetch fetch) {
    hooks.forEach(hook -> ForeignCode.run(hook, "after a fetch", () -> hook.afterFetch(fetch)));
  }
}
