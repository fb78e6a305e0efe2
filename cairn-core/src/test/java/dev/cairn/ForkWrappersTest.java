package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.resumable.Steps;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What middleware puts around the code of other threads of an attempt. */
class ForkWrappersTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private final List<String> told = new CopyOnWriteArrayList<>();

  @JobKind("forking")
  record Forking() {}

  private UnaryOperator<Runnable> wrapper(String name) {
    return body -> {
      told.add(name + " wraps");
      return () -> {
        told.add(name + " begins");
        body.run();
        told.add(name + " ends");
      };
    };
  }

  @Test
  void forksAndBranchesAreWrappedTheFirstWrapperOutermost() {
    Cairn client =
        clients.start(
            Forking.class,
            (job, context) -> {
              context.fork(() -> told.add("fork")).join();
              Steps.of(context)
                  .parallel("all", branches -> branches.add("one", own -> told.add("branch")));
            },
            builder ->
                builder.middleware((context, next) -> {
                  context.wrapForks(wrapper("outer"));
                  context.wrapForks(wrapper("inner"));
                  next.proceed();
                }));
    clients.await(client.insert(new Forking()).id(), JobState.COMPLETED);

    assertThat(told).containsSubsequence("outer begins", "inner begins", "fork", "inner ends");
    assertThat(told).containsSubsequence("outer begins", "inner begins", "branch", "inner ends");
    assertThat(told).filteredOn("outer ends"::equals).hasSize(2);
  }

  /** Seen before: the second branch waited for the place of the first one for ever. */
  @Test
  void aBranchThatIsNotReachedKeepsNoOtherFromItsPlace() {
    Cairn client =
        clients.start(
            Forking.class,
            (job, context) ->
                Steps.of(context)
                    .parallel(
                        "all",
                        branches -> {
                          branches.atMost(1);
                          branches.add("one", own -> told.add("one"));
                          branches.add("two", own -> told.add("two"));
                        }),
            builder ->
                builder.middleware((context, next) -> {
                  context.wrapForks(body -> () -> {});
                  next.proceed();
                }));
    long id = client.insert(new Forking()).id();

    JobRow job = clients.await(id, JobState.RETRYABLE);
    assertThat(job.errors().getFirst().error())
        .contains("the branches [one] of step 'all' did not run");
    assertThat(told).isEmpty();
  }

  @Test
  void aWrapperThatThrowsFailsTheAttempt() {
    Cairn client =
        clients.start(
            Forking.class,
            (job, context) -> Steps.of(context).parallel("all", all -> all.add("one", own -> {})),
            builder ->
                builder.middleware((context, next) -> {
                  context.wrapForks(body -> {
                    throw new NoClassDefFoundError("of a wrapper");
                  });
                  next.proceed();
                }));
    long id = client.insert(new Forking()).id();

    JobRow job = clients.await(id, JobState.RETRYABLE);
    assertThat(job.errors().getFirst().error()).contains("of a wrapper");
  }
}
