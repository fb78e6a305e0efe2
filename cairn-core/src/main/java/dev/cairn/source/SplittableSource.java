package dev.cairn.source;

import java.util.List;

/** A source that can be split into parts, which are processed at the same time. */
public interface SplittableSource<T, C> extends Source<T, C> {
  /**
   * Splits the source. Called once in a job's life, so the parts stay the same in later attempts,
   * even if the source has grown.
   *
   * @param parts the maximum number of parts
   * @return a description of each part; each item is in exactly one part
   */
  List<String> split(int parts) throws Exception;

  /** The part with a description that {@link #split} returned. */
  Source<T, C> part(String description);
}
