package dev.cairn.resumable;

import java.util.List;

/** The code of a step for several items of a source at once. */
@FunctionalInterface
public interface BatchBody<T> {
  void run(List<T> items) throws Exception;
}
