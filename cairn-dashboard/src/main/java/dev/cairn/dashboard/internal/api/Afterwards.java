package dev.cairn.dashboard.internal.api;

import dev.cairn.dashboard.internal.read.Reader;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what an act has changed, for its answer. The act is done by then: if this fails, the answer
 * only says less, because whoever is told of a failure does it again.
 */
final class Afterwards {
  private static final Logger log = LoggerFactory.getLogger(Afterwards.class);

  private Afterwards() {}

  /** Empty if it cannot be read, or is not there any more. */
  static <T> Optional<T> read(Reader reader, Reader.Work<Optional<T>> work) {
    try {
      return reader.read(work);
    } catch (RuntimeException e) {
      log.debug("An act was done, but what it has changed could not be read", e);
      return Optional.empty();
    }
  }
}
