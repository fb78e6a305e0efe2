package dev.cairn.resumable;

/** The code of a step for each item of a source. */
@FunctionalInterface
public interface ItemBody<T> {
  void run(T item) throws Exception;
}
