package dev.cairn.examples.pages;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.Unique;
import dev.cairn.UniqueOptions;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.ItemPolicy;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Cron;
import dev.cairn.schedule.MissedRuns;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.source.Sources;
import java.sql.Connection;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;
import javax.sql.DataSource;

/** The code of docs/coming-from.md. */
abstract class ComingFromPage {
  private DataSource dataSource;
  private Stock stock;
  private Mail mail;

  interface Shop {
    long id();

    void prepare();
  }

  record Article(long id) {
    static Article of(ResultSet row) {
      return new Article(0);
    }
  }

  record Order(boolean isOpen) {
    static Order of(ResultSet row) {
      return new Order(true);
    }
  }

  record Invoice(Order order) {
    static Invoice of(Order order) {
      return new Invoice(order);
    }
  }

  static final class Invoices {
    private Invoices() {}

    static void insert(Connection connection, Invoice invoice) {}
  }

  @JobKind("checkout")
  record Checkout(String order) {}

  @JobKind("reprice")
  record Reprice(long shop) {}

  record Payment(long cents) {}

  interface Stock {
    String reserve(String order);
  }

  interface Mail {
    void confirm(String order, String hold, Optional<Payment> payment);
  }

  abstract void reprice(Article article);

  // docs: coming-from.md
  @JobKind("send_invoice")
  record SendInvoice(@Unique long order) {}

  void register(Workers.Builder workers) {
    workers.register(SendInvoice.class, (job, context) -> mail(job.args()));
  }

  void insert(Cairn cairn, long order, Instant dueAt) {
    cairn.insert(
        new SendInvoice(order),
        InsertOptions.defaults()
            .withScheduledAt(dueAt)
            .withMaxAttempts(5)
            .withUnique(UniqueOptions.byKind().withArgs()));
  }

  // end docs

  abstract void mail(SendInvoice args);

  @JobKind("close_books")
  record CloseBooks(Instant due) {}

  void quartz(Cairn cairn, Instant dueAt) {
    // docs: coming-from.md
    cairn.insert(new SendInvoice(4711), InsertOptions.defaults().withScheduledAt(dueAt));

    Cron nightly = Cron.of("0 30 2 * * MON-FRI", ZoneId.systemDefault());
    cairn
        .periodicJobs()
        .add(
            PeriodicJob.of("close-books", nightly, due -> JobInsert.of(new CloseBooks(due)))
                .durable(MissedRuns.ONCE));
    // end docs
  }

  void rails(Steps steps, Shop shop) throws Exception {
    // docs: coming-from.md
    steps.step("prepare", () -> shop.prepare());
    steps.forEach(
        "prices",
        Sources.keyset(dataSource, "article")
            .key("id")
            .where("shop = ?", shop.id())
            .rows(Article::of),
        article -> reprice(article));
    // end docs
  }

  void springBatch(Steps steps) throws Exception {
    // docs: coming-from.md
    steps
        .failedItems(ItemPolicy.skip(10))
        .forEachTx(
            "settle",
            Sources.keyset(dataSource, "orders").key("id").rows(Order::of),
            100,
            (connection, orders) -> {
              for (Order order : orders) {
                if (order.isOpen()) {
                  Invoices.insert(connection, Invoice.of(order));
                }
              }
            });
    // end docs
  }

  // docs: coming-from.md
  public void work(Job<Checkout> job, WorkContext context) throws Exception {
    Steps steps = Steps.of(context);
    String order = job.args().order();
    String hold = steps.step("reserve", String.class, () -> stock.reserve(order));
    Optional<Payment> payment =
        steps.awaitSignal("paid", "paid:" + order, Payment.class, Duration.ofDays(1));
    steps.sleep("cool-off", Duration.ofHours(1));
    steps.step("confirm", () -> mail.confirm(order, hold, payment));
  }

  // end docs

  void underWay(Cairn cairn, long shop) {
    // docs: coming-from.md
    String done =
        """
        {"river:resumable_step": "prepare", "river:resumable_cursor": {"prices": {"key": ["4711"]}}}
        """;
    cairn.insert(new Reprice(shop), InsertOptions.defaults().withMetadata(done));
    // end docs
  }
}
