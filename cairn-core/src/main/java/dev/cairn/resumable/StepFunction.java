package dev.cairn.resumable;

import org.jspecify.annotations.Nullable;

/** The code of a step whose result is remembered. */
@FunctionalInterface
public interface StepFunction<T extends @Nullable Object> {
  T run() throws Exception;
}
