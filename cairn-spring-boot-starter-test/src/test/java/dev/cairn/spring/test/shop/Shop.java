package dev.cairn.spring.test.shop;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.JobSnoozeException;
import dev.cairn.WorkContext;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnWorker;
import java.time.Duration;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** An application to test. */
@SpringBootApplication
public class Shop {
  @JobKind("ship")
  record Ship(long order) {}

  @JobKind("remind")
  record Remind(long order) {}

  @JobKind("thank")
  record Thank(long order) {}

  @JobKind("call")
  record Call(Duration pause) {}

  /** Whose method is inherited. */
  abstract static class Thanks<T> {
    @CairnWorker
    void work(T args, WorkContext context) {
      context.recordOutput("thanks");
    }
  }

  /** Thanks for orders. */
  @Component
  static class ThanksForOrders extends Thanks<Thank> {}

  /** Ships orders, and reminds a day later. */
  @Component
  static class Shipping {
    private final JdbcClient jdbc;
    private final Cairn cairn;

    Shipping(JdbcClient jdbc, Cairn cairn) {
      this.jdbc = jdbc;
      this.cairn = cairn;
    }

    @CairnWorker(queue = "shipping")
    void ship(Ship args, Steps steps) throws Exception {
      steps.stepTx(
          "ship",
          () -> {
            jdbc.sql("UPDATE orders SET shipped = true WHERE id = ?").param(args.order()).update();
            cairn.insert(
                new Remind(args.order()), InsertOptions.defaults().withDelay(Duration.ofDays(1)));
          });
    }

    /** Does not reach anybody at first. */
    @CairnWorker
    void call(Job<Call> job) {
      if (!job.metadata().contains("snoozes")) {
        throw new JobSnoozeException(job.args().pause());
      }
    }

    @CairnWorker
    void remind(Remind args) {
      jdbc.sql("UPDATE orders SET reminded = true WHERE id = ?").param(args.order()).update();
    }
  }
}
