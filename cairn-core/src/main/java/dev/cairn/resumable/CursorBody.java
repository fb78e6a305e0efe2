package dev.cairn.resumable;

/** The code of a step with a cursor. */
@FunctionalInterface
public interface CursorBody<C> {
  void run(Cursor<C> cursor) throws Exception;
}
