package dev.cairn.examples;

import dev.cairn.Cairn;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.resumable.Steps;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** The shortest complete program: one job of two steps. */
public final class FirstJob {
  private FirstJob() {}

  /** The arguments of a job; its kind ties them to their worker. */
  @JobKind("greet")
  record Greet(String name) {}

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedDatabase.start()) { // or your own PostgreSQL
      DataSource database = server.newDatabase().dataSource();
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
                    steps.step("send", () -> System.out.println(text));
                    greeted.countDown();
                  })
              .build();

      try (Cairn cairn = Cairn.builder(database).workers(workers).queue("default", 10).build()) {
        cairn.start();
        cairn.insert(new Greet("Ada"));
        greeted.await();
      }
    }
  }
}
