package dev.cairn.promise;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.QueueOptions;
import dev.cairn.ResumePolicy;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.ErrorHandler;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Attempts that were asked to stop, do not, and then run into a limit or are cancelled: what they
 * were asked first must not hide that.
 */
class OutrunLimitsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private static final Duration SOON = Duration.ofMillis(50);
  private static final Duration LATER = Duration.ofMillis(300);

  private final CountDownLatch end = new CountDownLatch(1);
  private final CountDownLatch begun = new CountDownLatch(1);
  private final List<String> stuck = new CopyOnWriteArrayList<>();

  @JobKind("outrun")
  record Outrun(String name) {}

  @AfterEach
  void endAll() {
    end.countDown();
  }

  private void hang(Job<Outrun> job, WorkContext context) throws InterruptedException {
    begun.countDown();
    end.await();
  }

  private void listenToNobody(Job<Outrun> job, WorkContext context) {
    begun.countDown();
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException e) {
        // Deaf, as some code is.
      }
    }
  }

  private Cairn start(Worker<Outrun> worker, QueueOptions queue) {
    return start(worker, queue, LATER);
  }

  private Cairn start(Worker<Outrun> worker, QueueOptions queue, Duration timeout) {
    return clients.start(
        Outrun.class,
        worker,
        builder ->
            builder
                .queue("outrun", queue)
                .jobTimeout(timeout)
                .interruptDelay(SOON)
                .stuckThreshold(SOON)
                .errorHandler(new Noting()));
  }

  private final class Noting implements ErrorHandler {
    @Override
    public Decision onFailure(Job<?> job, Throwable failure) {
      return Decision.proceed();
    }

    @Override
    public SlotDecision onStuck(Job<?> job, Duration runningFor) {
      stuck.add(job.kind());
      return SlotDecision.OPEN_SLOT;
    }
  }

  private static InsertOptions once() {
    return InsertOptions.defaults().withQueue("outrun").withMaxAttempts(1);
  }

  /** Seen before: it was given back for ever, since its time was up before its timeout. */
  @Test
  void aJobThatRunsIntoItsTimeoutHasFailedThoughItsTimeWasUpBefore() {
    Cairn client = start(this::hang, QueueOptions.of(1).withMaxRuntime(SOON));
    long id = client.insert(new Outrun("hangs"), once()).id();
    client.insert(new Outrun("waits"), once());

    JobRow job = clients.await(id, JobState.DISCARDED);

    assertThat(job.errors().getLast().error()).contains("ran into its timeout of 300 ms");
  }

  @Test
  void aStepThatHangsRunsIntoItsProgressDeadlineThoughTheTimeOfItsJobWasUpBefore() {
    ResumePolicy policy = ResumePolicy.defaults().withProgressDeadline(LATER).withMaxRuntime(SOON);
    Cairn client =
        clients.start(
            Outrun.class,
            (job, context) -> Steps.of(context).step("hang", () -> hang(job, context)),
            builder ->
                builder
                    .queue("outrun", QueueOptions.of(1))
                    .resumePolicy(policy)
                    .interruptDelay(SOON));
    long id = client.insert(new Outrun("hangs"), once()).id();
    client.insert(new Outrun("waits"), once());

    JobRow job = clients.await(id, JobState.DISCARDED);

    assertThat(job.errors().getLast().error()).contains("has not moved its checkpoints for 300 ms");
  }

  @Test
  void aDeafJobIsReportedAsStuckThoughItsTimeWasUpBefore() {
    Cairn client = start(this::listenToNobody, QueueOptions.of(1).withMaxRuntime(SOON));
    client.insert(new Outrun("deaf"), once());
    client.insert(new Outrun("waits"), once());

    clients.awaitJob(
        client.insert(new Outrun("sees"), once()).id(), job -> assertThat(stuck).isNotEmpty());
  }

  /** The operator who cancels it because it hangs must not make that harder to see. */
  @Test
  void aDeafJobIsReportedAsStuckThoughItWasCancelledBefore() throws Exception {
    Cairn client = start(this::listenToNobody, QueueOptions.of(1));
    long id = client.insert(new Outrun("deaf"), once()).id();
    begun.await();
    client.jobs().cancel(id);

    clients.awaitJob(
        client.insert(new Outrun("sees"), once()).id(), job -> assertThat(stuck).isNotEmpty());
  }

  /** Without a timeout nothing else would ever end it. */
  @Test
  void aJobThatIsCancelledWhileItIsPausedIsInterrupted() throws Exception {
    Cairn client =
        clients.start(
            Outrun.class,
            this::hang,
            builder -> builder.queue("outrun", 1).jobTimeout(Duration.ZERO).interruptDelay(SOON));
    long id = client.insert(new Outrun("hangs"), once()).id();
    begun.await();
    client.jobs().operator("ada").pause(id);

    client.jobs().cancel(id);

    clients.await(id, JobState.CANCELLED);
  }

  /** A limit that passes while the worker obeys is no failure of its. */
  @Test
  void aJobThatStopsAsItIsAskedHasNotFailedThoughItsTimeoutPassesMeanwhile() {
    Cairn client =
        start(
            (job, context) -> {
              while (!isAskedFor(context, InterruptionReason.MAX_RUNTIME)) {
                LockSupport.parkNanos(1_000_000);
              }
              try {
                context.yieldIfInterrupted();
              } finally {
                while (!isAskedFor(context, InterruptionReason.TIMEOUT)) {
                  LockSupport.parkNanos(1_000_000);
                }
              }
            },
            QueueOptions.of(1).withMaxRuntime(SOON),
            // So much later that the worker sees the one before the other, however busy all is.
            Duration.ofMillis(2_500));
    long id = client.insert(new Outrun("slow"), once()).id();

    clients.awaitJob(id, job -> assertThat(job.metadata()).contains("cairn:yields"));
    assertThat(client.jobs().find(id).orElseThrow().errors()).isEmpty();
  }

  /** At the end of the test for whatever reason, so that no thread goes on. */
  private boolean isAskedFor(WorkContext context, InterruptionReason reason) {
    return end.getCount() == 0 || context.interruption().filter(reason::equals).isPresent();
  }
}
