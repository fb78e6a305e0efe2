package dev.cairn.benchmarks.micro;

import dev.cairn.JobKind;
import dev.cairn.testing.JobTester;
import dev.cairn.testing.TestedAttempt;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One attempt by a worker that does nothing, without a database: what is around it in a client is
 * around it here. Middleware costs the difference to none.
 */
@State(Scope.Benchmark)
public class MiddlewareBenchmark {
  /** How many, each of which only calls the next. */
  @Param({"0", "1", "10"})
  public int middleware;

  private JobTester<Nothing> tester = JobTester.of(Nothing.class, (job, context) -> {});

  /** The arguments of the job. */
  @JobKind("nothing")
  record Nothing(int number) {}

  /** For JMH. */
  public MiddlewareBenchmark() {}

  /** Adds the middleware. */
  @Setup
  public void wrap() {
    for (int number = 0; number < middleware; number++) {
      tester = tester.withMiddleware((context, next) -> next.proceed());
    }
  }

  /** The whole attempt. */
  @Benchmark
  public TestedAttempt<?> attempt() {
    return tester.work(new Nothing(1));
  }
}
