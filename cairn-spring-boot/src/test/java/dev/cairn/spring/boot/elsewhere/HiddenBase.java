package dev.cairn.spring.boot.elsewhere;

import dev.cairn.WorkContext;
import dev.cairn.spring.CairnWorker;

/** Has a worker that only its own package sees. */
public abstract class HiddenBase<A> {
  @CairnWorker
  void work(A args, WorkContext context) {
    context.recordOutput("hidden");
  }
}
