package dev.cairn.dashboard;

import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.log.JobLog;
import dev.cairn.resumable.Steps;
import java.util.concurrent.CountDownLatch;

/** Kinds of jobs to look at: some walk, some wait, some fail, and some never move. */
final class SampleWorkers {
  private SampleWorkers() {}

  @JobKind("walk")
  record Walk(String name, long items, int millis) {}

  @JobKind("wait_for_signal")
  record WaitForSignal(String signal) {}

  @JobKind("wait_for_job")
  record WaitForJob(long id) {}

  @JobKind("fail")
  record Fail(String message) {}

  @JobKind("get_stuck")
  record GetStuck(String password) {}

  @JobKind("ping")
  record Ping(int number) {}

  static Workers all() {
    return Workers.builder()
        .register(Walk.class, (job, context) -> walk(context, job.args()))
        .register(
            WaitForSignal.class,
            (job, context) ->
                Steps.of(context).awaitSignal("approval", job.args().signal(), String.class))
        .register(
            WaitForJob.class,
            (job, context) -> Steps.of(context).awaitJob("the other", job.args().id()))
        .register(
            Fail.class,
            (job, context) -> {
              throw new IllegalStateException(job.args().message());
            })
        .register(
            GetStuck.class,
            (job, context) ->
                Steps.of(context)
                    .cursor(
                        "read",
                        Long.class,
                        0L,
                        cursor -> {
                          cursor.advance(1L);
                          new CountDownLatch(1).await();
                        }))
        .register(Ping.class, (job, context) -> context.recordOutput(job.args().number()))
        .build();
  }

  private static void walk(WorkContext context, Walk walk) throws Exception {
    JobLog.of(context).add("begin of " + walk.name());
    Steps steps = Steps.of(context);
    steps.step("open", () -> Thread.sleep(300));
    steps.cursor(
        "read",
        Long.class,
        0L,
        cursor -> {
          for (long i = cursor.get(); i < walk.items(); i++) {
            Thread.sleep(walk.millis());
            cursor.advance(i + 1);
            steps.progress(i + 1, walk.items());
          }
        });
    steps.parallel(
        "write",
        branches -> {
          branches.add("index", own -> Thread.sleep(2_000));
          branches.add("thumbnails", own -> Thread.sleep(3_000));
        });
    context.recordOutput(walk.items());
    JobLog.of(context).add("end of " + walk.name());
  }
}
