package dev.cairn.resumable;

import dev.cairn.WorkContext;
import dev.cairn.source.Source;
import dev.cairn.source.Source.Item;
import dev.cairn.spi.Quarantine;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Does the items again that an operator wants to be done again (R20). */
final class Redrive<T, C> {
  private final WorkContext context;
  private final StepRunner runner;
  private final Source<T, C> source;
  private final StepEntry entry;

  Redrive(StepRunner runner, Source<T, C> source, StepEntry entry) {
    this.context = runner.context();
    this.runner = runner;
    this.source = source;
    this.entry = entry;
  }

  void run(ItemBody<T> body) throws Exception {
    for (Quarantine.Item item : context.quarantine().toRedrive(entry.path())) {
      context.yieldIfInterrupted();
      Item<T, C> found = find(item);
      if (found == null) {
        putBack(item, "the item is not there any more");
        continue;
      }
      try {
        body.run(found.value());
      } catch (Exception e) {
        if (StepRunner.endsAttempt(e) || context.shouldYield()) {
          throw e;
        }
        putBack(item, PoisonWatch.text(e));
        continue;
      }
      context.quarantine().release(entry.path(), item.position());
    }
  }

  private void putBack(Quarantine.Item item, String error) {
    context
        .quarantine()
        .put(
            entry.path(),
            new Quarantine.Item(item.position(), item.before(), error, item.crashes()));
  }

  /** The first item behind the position that was before it, if that is still the same. */
  private @Nullable Item<T, C> find(Quarantine.Item item) throws Exception {
    C before = item.before() == null ? null : position(item.before());
    try (Source.Reader<T, C> reader = source.open(before, pinned())) {
      Item<T, C> first = reader.next();
      return first != null && first.position().equals(position(item.position())) ? first : null;
    }
  }

  private C position(String json) {
    return runner.values().cursor(entry, json, source.cursorType());
  }

  private Optional<String> pinned() {
    String json = runner.ledger().savedValue(entry.path() + "/" + SourceLoop.PIN);
    return json == null
        ? Optional.empty()
        : SourceLoop.pinned(JsonMapper.shared().readValue(json, String[].class));
  }
}
