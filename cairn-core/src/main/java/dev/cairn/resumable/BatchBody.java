package dev.cairn.resumable;

import java.util.List;

/** What a step does with several items of a source at once. */
@FunctionalInterface
public interface BatchBody<T> {
  void run(List<T> items) throws Exception;
}
