package dev.cairn.examples;

import dev.cairn.Cairn;
import dev.cairn.ContextKey;
import dev.cairn.JobKind;
import dev.cairn.Workers;
import dev.cairn.embedded.EmbeddedDatabase;
import dev.cairn.migrate.Migrator;
import dev.cairn.spi.Middleware;
import java.util.concurrent.CountDownLatch;
import javax.sql.DataSource;

/** Middleware around every job: it counts attempts and hands something on to the worker. */
public final class OwnMiddleware {
  private static final ContextKey<String> TENANT = ContextKey.of("tenant", String.class);

  private OwnMiddleware() {}

  @JobKind("build_invoice")
  record BuildInvoice(String tenant, int month) {}

  public static void main(String[] args) throws Exception {
    try (var server = EmbeddedDatabase.start()) {
      DataSource database = server.newDatabase().dataSource();
      Migrator.of(database).up();

      var done = new CountDownLatch(2);
      Middleware tenants =
          (context, next) -> {
            if (context.job().args() instanceof BuildInvoice invoice) {
              context.put(TENANT, invoice.tenant());
            }
            next.proceed();
          };
      Middleware report =
          (context, next) -> {
            String outcome = "failed";
            try {
              next.proceed();
              outcome = "done";
            } finally {
              System.out.println(context.job().kind() + " " + outcome);
              done.countDown();
            }
          };
      Workers workers =
          Workers.builder()
              .register(
                  BuildInvoice.class,
                  (job, context) -> {
                    String tenant = context.find(TENANT).orElseThrow();
                    if (job.args().month() > 12) {
                      throw new IllegalArgumentException("no such month");
                    }
                    System.out.println("an invoice for " + tenant);
                  })
              .build();

      try (Cairn cairn =
          Cairn.builder(database)
              .middleware(report) // the first is the outermost
              .middleware(tenants)
              .workers(workers)
              .queue("default", 1)
              .build()) {
        cairn.insert(new BuildInvoice("Ada Ltd", 11));
        cairn.insert(new BuildInvoice("Bob & Co", 13));
        cairn.start();
        done.await();
      }
    }
  }
}
