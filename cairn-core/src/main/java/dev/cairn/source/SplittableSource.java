package dev.cairn.source;

import java.util.List;

/** A source that several can go through at once, each a part of it (R17). */
public interface SplittableSource<T, C> extends Source<T, C> {
  /**
   * Splits the source. Asked for once in a job's life: the parts stay what they are in later
   * attempts, also if the source has grown meanwhile.
   *
   * @param parts how many, at most
   * @return a description of each part; together they hold every item once
   */
  List<String> split(int parts) throws Exception;

  /** The part that a description of {@link #split} stands for. */
  Source<T, C> part(String description);
}
