package dev.cairn;

import dev.cairn.PoisonedFailure.Part;
import dev.cairn.resumable.Steps;

/**
 * A place where Cairn calls foreign code while it works jobs, with what becomes of the job that is
 * concerned. The page docs/foreign-code.md says the same in words.
 *
 * @param arrangement makes a client with poison at this place
 * @param thrown what becomes of the job if the code throws
 * @param left what becomes of it if the code leaves its thread interrupted
 * @param hung what becomes of it if the code does not return
 * @param attempts how many the job has
 * @param recorded what its last error says at least
 */
record ForeignPlace(
    String name,
    Arrangement arrangement,
    Ending thrown,
    Ending left,
    Ending hung,
    int attempts,
    String recorded) {
  /** Puts the poison into a client. */
  @FunctionalInterface
  interface Arrangement {
    void arrange(ForeignScene scene, CairnBuilder client);
  }

  enum Ending {
    COMPLETED,
    DISCARDED,
    /** It runs until its client stops, and is available after that. */
    GIVEN_UP
  }

  Ending ending(Poison.Kind kind) {
    return switch (kind) {
      case HANG -> hung;
      case INTERRUPT_LEFT_SET -> left;
      case EXCEPTION, FAILED_ASSERTION, MISSING_CLASS, UNDECLARED_EXCEPTION -> thrown;
    };
  }

  /** Part of the attempt: what it throws fails that. */
  static ForeignPlace inAttempt(String name, Arrangement arrangement) {
    return new ForeignPlace(
        name, arrangement, Ending.DISCARDED, Ending.COMPLETED, Ending.GIVEN_UP, 1, "");
  }

  /** On the job's thread, but of no concern to its outcome. */
  static ForeignPlace beside(String name, Arrangement arrangement) {
    return new ForeignPlace(
        name, arrangement, Ending.COMPLETED, Ending.COMPLETED, Ending.GIVEN_UP, 1, "");
  }

  /** On the thread of a job that has failed, and stays failed whatever is thrown here. */
  static ForeignPlace afterFailure(String name, Arrangement arrangement) {
    return new ForeignPlace(
        name,
        (scene, client) -> {
          scene.fails();
          arrangement.arrange(scene, client);
        },
        Ending.DISCARDED,
        Ending.DISCARDED,
        Ending.GIVEN_UP,
        1,
        "own failure");
  }

  /** On a thread that no job waits for. */
  static ForeignPlace elsewhere(String name, Arrangement arrangement) {
    return new ForeignPlace(
        name, arrangement, Ending.COMPLETED, Ending.COMPLETED, Ending.COMPLETED, 1, "");
  }

  /** A job fails with an exception whose own code misbehaves. */
  static ForeignPlace failingWith(Part part) {
    return afterFailure(
            "Throwable, " + part,
            (scene, client) ->
                scene.body =
                    (job, context) -> {
                      throw new PoisonedFailure(part, scene.poison);
                    })
        .recording("PoisonedFailure")
        // Nobody but the logging library asks for it, when the outcome is on its way.
        .hung(part == Part.STACK_TRACE ? Ending.DISCARDED : Ending.GIVEN_UP);
  }

  /** In the body of the worker. */
  static ForeignPlace inSteps(String name, Stepping stepping) {
    return inAttempt(
        name,
        (scene, client) ->
            scene.body = (job, context) -> stepping.work(Steps.of(context), scene.poison));
  }

  @FunctionalInterface
  interface Stepping {
    void work(Steps steps, Poison poison) throws Exception;
  }

  ForeignPlace attempts(int number) {
    return new ForeignPlace(name, arrangement, thrown, left, hung, number, recorded);
  }

  ForeignPlace recording(String text) {
    return new ForeignPlace(name, arrangement, thrown, left, hung, attempts, text);
  }

  ForeignPlace hung(Ending ending) {
    return new ForeignPlace(name, arrangement, thrown, left, ending, attempts, recorded);
  }

  ForeignPlace left(Ending ending) {
    return new ForeignPlace(name, arrangement, thrown, ending, hung, attempts, recorded);
  }

  ForeignPlace thrown(Ending ending) {
    return new ForeignPlace(name, arrangement, ending, left, hung, attempts, recorded);
  }
}
