package dev.cairn.resumable;

/** One way to process a source. */
@FunctionalInterface
interface LoopBody<T, C> {
  void through(SourceLoop<T, C> loop) throws Exception;
}
