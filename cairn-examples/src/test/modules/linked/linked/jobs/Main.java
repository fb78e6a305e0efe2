package linked.jobs;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.migrate.Migrator;
import dev.cairn.resumable.Steps;
import java.util.concurrent.CountDownLatch;
import org.postgresql.ds.PGSimpleDataSource;

/** Works one job, in a run-time image that holds nothing but modules. */
public final class Main {
  @JobKind("greet")
  record Greet(String name) {}

  public static void main(String[] args) throws Exception {
    var database = new PGSimpleDataSource();
    database.setUrl(args[0]);
    database.setUser(System.getenv("PGUSER"));
    database.setPassword(System.getenv("PGPASSWORD"));
    Migrator.of(database).up();

    var greeted = new CountDownLatch(1);
    Workers workers =
        Workers.builder()
            .register(
                Greet.class,
                (job, context) -> {
                  Steps steps = Steps.of(context);
                  String text =
                      steps.step("write", String.class, () -> "Hello, " + job.args().name());
                  steps.step("say", () -> System.out.println(text));
                  greeted.countDown();
                })
            .build();
    try (Cairn cairn = Cairn.builder(database).workers(workers).queue("default", 2).build()) {
      cairn.start();
      cairn.insert(new Greet("Ada"));
      greeted.await();
    }
  }
}
