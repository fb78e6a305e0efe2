package dev.cairn.chaos.life;

/**
 * A promise that was broken.
 *
 * @param detail the job, and its state
 */
public record Finding(Kind kind, String detail) {
  /** The broken promise. */
  public enum Kind {
    CALL_NEVER_WORKS("a call of the user fails forever"),
    LEFT_RUNNING("a job stays running under a client that is alive"),
    NOT_ENDED("a job waits forever"),
    WRONG_END("a job has ended in a wrong state"),
    ROW_TWICE("a row of a transaction was written twice"),
    ROW_LOST("a row of a transaction is missing though its job has completed"),
    EFFECT_LOST("a plain effect never happened though its job has completed"),
    ITEM_BLAMED("an item was put aside though its code never failed"),
    INSERTED_TWICE("a job that must be inserted once was inserted twice"),
    INSERTION_TORN("a job and the row of its transaction were not inserted together"),
    ATTEMPT_USED_UP("an attempt was used up without a failure of the worker"),
    ERROR_RECORDED("an error was recorded that the worker did not cause"),
    RESCUED_ITSELF("a client considered itself dead"),
    RAN_TWICE_AT_ONCE("two attempts of a job ran at once"),
    STEP_RAN_AGAIN("a finished step ran again"),
    EVENT_MISSING("no listener was told about a completion"),
    NO_LEADER("no client does the leader's duties"),
    CLIENT_DEAD("the client does not work a new job"),
    CLIENT_DEAF("the client does not receive notifications"),
    STOP_TOO_LATE("stop(5 s) took longer than 16 s"),
    STOP_FAILS("stop(5 s) throws"),
    STOP_NEVER("stop(5 s) did not even return after the misbehaviour"),
    NOT_SIGNED_OFF("an undisturbed stop did not sign the client off"),
    SIGNED_OFF_TOO_SOON("a client signed off with a running job"),
    THREADS_LEFT("threads of a stopped client are still alive"),
    CONNECTIONS_LEFT("a stopped client has not returned its connections"),
    RUN_NEVER_ENDS("the run itself does not end"),
    NOT_HEALED("another client cannot complete the remaining jobs");

    private final String meaning;

    Kind(String meaning) {
      this.meaning = meaning;
    }

    /** The broken promise in words. */
    public String meaning() {
      return meaning;
    }
  }
}
