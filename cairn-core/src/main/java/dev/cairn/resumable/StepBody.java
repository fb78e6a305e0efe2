package dev.cairn.resumable;

/** The code of a step. */
@FunctionalInterface
public interface StepBody {
  void run() throws Exception;
}
