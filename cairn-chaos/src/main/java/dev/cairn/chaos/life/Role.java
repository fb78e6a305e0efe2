package dev.cairn.chaos.life;

import static dev.cairn.JobState.CANCELLED;
import static dev.cairn.JobState.COMPLETED;
import static dev.cairn.JobState.DISCARDED;
import static dev.cairn.JobState.SCHEDULED;

import dev.cairn.JobState;
import java.util.List;
import java.util.stream.IntStream;

/** The work of an {@link Act}, and the states in which its job may end. */
public enum Role {
  /** One plain effect. */
  PLAIN(COMPLETED),
  /** Two steps, and a cursor with a durable checkpoint after each item. */
  STEPS(COMPLETED),
  /**
   * A source, with a buffered checkpoint after each item; long enough to be flushed and renewed.
   */
  LOOP(COMPLETED),
  /** Two steps in transactions. */
  STEP_TX(COMPLETED),
  /** A source in batches, each in a transaction. */
  ADVANCE_TX(COMPLETED),
  /** Like {@link #ADVANCE_TX}, with a policy that puts failed items aside. */
  ADVANCE_TX_ASIDE(COMPLETED),
  /** Like {@link #ADVANCE_TX}, beside another branch. */
  PARALLEL(COMPLETED),
  /** Like {@link #ADVANCE_TX}, with checkpoints that a worker in Go can read. */
  GO_ROW(COMPLETED),
  /** Completes itself in its own transaction. */
  COMPLETE_TX(COMPLETED),
  /** Fails once, with a failure that drops its checkpoints. */
  FAIL_ONCE(COMPLETED),
  /** Fails, and has only one attempt. */
  FAIL_LAST(DISCARDED),
  /** Is discarded by its worker. After a retry, it is completed. */
  DISCARD_ONCE(COMPLETED),
  /** Is cancelled by its worker. */
  CANCEL_ITSELF(CANCELLED),
  SNOOZE(COMPLETED),
  /** Interrupts itself once. */
  YIELD(COMPLETED),
  /** Sleeps without a slot. */
  SLEEP(COMPLETED),
  AWAIT_SIGNAL(COMPLETED),
  /** Waits for a signal that nobody sends, until its timeout. */
  AWAIT_NOTHING(COMPLETED),
  AWAIT_JOB(COMPLETED),
  /** Puts an item aside, which is processed again later. */
  QUARANTINE(COMPLETED),
  /** Runs until the life ends it. */
  CANCELLED_BY_OPERATOR(CANCELLED, COMPLETED),
  PAUSED_BY_OPERATOR(COMPLETED),
  INTERRUPTED_BY_OPERATOR(COMPLETED),
  /** Runs when the client stops. */
  RUNNING_AT_STOP(COMPLETED),
  /** Due in a year. */
  FAR(SCHEDULED),
  /** Due in a year, and cancelled. */
  FAR_CANCELLED(SCHEDULED, CANCELLED),
  /** Due in a year, and worked by hand. */
  FAR_WORKED(SCHEDULED, COMPLETED),
  /** Was running in a client that died. */
  ORPHAN(COMPLETED),
  /** Was running in a client without heartbeat, for too long. */
  STUCK(COMPLETED),
  /** Was scheduled, and is due. */
  DUE(COMPLETED),
  /** Waits for a signal that was sent but did not wake it. The leader wakes it. */
  LEFT_BY_SIGNAL(COMPLETED),
  /** Completed long ago; the leader deletes it. */
  OLD(COMPLETED),
  /** Inserted by the leader every half second. */
  PERIODIC(COMPLETED),
  /** Inserted by the leader every half second, each run exactly once. */
  PERIODIC_DURABLE(COMPLETED),
  /** Inserted after the misbehaviour, to see whether the client still works. */
  FRESH(COMPLETED);

  private final JobState end;
  private final JobState otherEnd;

  Role(JobState end) {
    this(end, end);
  }

  Role(JobState end, JobState otherEnd) {
    this.end = end;
    this.otherEnd = otherEnd;
  }

  /** Whether a job of this role may end in this state. */
  public boolean endsIn(JobState state) {
    return state == end || state == otherEnd;
  }

  /** The plain effects of a job that its worker has completed, each at least once. */
  public List<String> effects() {
    return switch (this) {
      case PLAIN,
          DUE,
          ORPHAN,
          STUCK,
          FRESH,
          FAR,
          FAR_CANCELLED,
          FAR_WORKED,
          PERIODIC,
          PERIODIC_DURABLE ->
          List.of("plain");
      case STEPS, PARALLEL -> ActWorker.STEPS_EFFECTS;
      case LOOP ->
          IntStream.range(0, ActWorker.BUFFERED_ITEMS).mapToObj(item -> "item " + item).toList();
      case STEP_TX -> List.of("between");
      case FAIL_ONCE,
          SLEEP,
          CANCELLED_BY_OPERATOR,
          PAUSED_BY_OPERATOR,
          INTERRUPTED_BY_OPERATOR,
          RUNNING_AT_STOP ->
          List.of("before");
      // OLD was completed before the life began.
      case OLD,
          ADVANCE_TX,
          ADVANCE_TX_ASIDE,
          GO_ROW,
          COMPLETE_TX,
          FAIL_LAST,
          DISCARD_ONCE,
          CANCEL_ITSELF,
          SNOOZE,
          YIELD,
          AWAIT_SIGNAL,
          AWAIT_NOTHING,
          AWAIT_JOB,
          QUARANTINE,
          LEFT_BY_SIGNAL ->
          List.of();
    };
  }

  /** How many rows its transactions write, each exactly once. */
  public int rows() {
    return switch (this) {
      case STEP_TX -> 2;
      case ADVANCE_TX, ADVANCE_TX_ASIDE, PARALLEL, GO_ROW -> ActWorker.BATCHED_ITEMS;
      case COMPLETE_TX -> 1;
      default -> 0;
    };
  }
}
