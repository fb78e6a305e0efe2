package dev.cairn.resumable;

/** The code of a step that remembers how far it has come. */
@FunctionalInterface
public interface CursorBody<C> {
  void run(Cursor<C> cursor) throws Exception;
}
