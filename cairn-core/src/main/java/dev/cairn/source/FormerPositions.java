package dev.cairn.source;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A reader that also knows the positions that its items had before: in an earlier version, or in a
 * file whose last line had no line end yet.
 */
interface FormerPositions<C> {
  /** Whether a saved position means the last item that was read. */
  boolean isAt(@Nullable C saved);

  /**
   * Whether a saved position means the last item that a reader has read.
   *
   * @param position the position of that item
   */
  @SuppressWarnings("unchecked") // the positions of one reader have one type
  static <C> boolean isAt(Source.Reader<?, C> reader, @Nullable C position, @Nullable C saved) {
    return Objects.equals(saved, position)
        || (reader instanceof FormerPositions<?> former
            && ((FormerPositions<C>) former).isAt(saved));
  }
}
