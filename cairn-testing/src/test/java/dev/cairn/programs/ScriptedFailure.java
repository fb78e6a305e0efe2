package dev.cairn.programs;

/** A failure that a program asks for. */
class ScriptedFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ScriptedFailure(String what) {
    super(what);
  }

  /** One after which the job begins from zero. */
  static final class Restarting extends ScriptedFailure {
    private static final long serialVersionUID = 1L;

    Restarting(String what) {
      super(what);
    }
  }
}
