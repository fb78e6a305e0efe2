package dev.cairn.chaos.life;

/**
 * Something that must not have come of a misbehaviour.
 *
 * @param detail which job, and how it is
 */
public record Finding(Kind kind, String detail) {
  /** What was promised and not kept. */
  public enum Kind {
    CALL_NEVER_WORKS("a call of the user fails for ever"),
    LEFT_RUNNING("a job is left running under a living client"),
    NOT_ENDED("a job waits for ever"),
    WRONG_END("a job has ended in a state that it must not end in"),
    ROW_TWICE("a row of a transaction was written twice"),
    ROW_LOST("a row of a transaction is missing though its job has completed"),
    EFFECT_LOST("a plain effect never happened though its job has completed"),
    ITEM_BLAMED("an item was put aside though its code never failed"),
    INSERTED_TWICE("a job that must be inserted once was inserted twice"),
    INSERTION_TORN("a job and the row of its transaction were not inserted together"),
    ATTEMPT_USED_UP("an attempt was used up without a failure of the worker"),
    ERROR_RECORDED("an error was recorded that the worker did not cause"),
    RESCUED_ITSELF("a client was taken for dead by itself"),
    RAN_TWICE_AT_ONCE("two attempts of a job ran at once"),
    STEP_RAN_AGAIN("a finished step ran again"),
    EVENT_MISSING("a completion was told to nobody"),
    NO_LEADER("the leader's duties rest"),
    CLIENT_DEAD("the client works no fresh job"),
    CLIENT_DEAF("the client hears no notification"),
    STOP_TOO_LATE("stop(5 s) took longer than 16 s"),
    STOP_FAILS("stop(5 s) throws"),
    STOP_NEVER("stop(5 s) did not even return after the misbehaviour"),
    NOT_SIGNED_OFF("an undisturbed stop left the client's row"),
    SIGNED_OFF_TOO_SOON("a client signed off with a running job"),
    THREADS_LEFT("threads of a stopped client live on"),
    CONNECTIONS_LEFT("a stopped client has not given back its connections"),
    RUN_NEVER_ENDS("the run itself does not end"),
    NOT_HEALED("another client cannot do what was left");

    private final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }

    /** In words. */
    public String meaning() {
      return meaning;
    }
  }
}
