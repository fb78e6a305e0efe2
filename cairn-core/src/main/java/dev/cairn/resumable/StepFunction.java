package dev.cairn.resumable;

/** The code of a step whose result is remembered. */
@FunctionalInterface
public interface StepFunction<T> {
  T run() throws Exception;
}
