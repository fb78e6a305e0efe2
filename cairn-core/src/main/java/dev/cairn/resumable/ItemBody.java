package dev.cairn.resumable;

/** What a step does with each item of a source. */
@FunctionalInterface
public interface ItemBody<T> {
  void run(T item) throws Exception;
}
