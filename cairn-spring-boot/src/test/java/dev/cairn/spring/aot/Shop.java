package dev.cairn.spring.aot;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.Job;
import dev.cairn.JobInsert;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.event.Event;
import dev.cairn.event.EventKind;
import dev.cairn.event.EventListener;
import dev.cairn.resumable.Steps;
import dev.cairn.schedule.Every;
import dev.cairn.schedule.PeriodicJob;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.CairnAutoConfiguration;
import dev.cairn.spring.boot.actuate.CairnActuatorAutoConfiguration;
import dev.cairn.spring.boot.observe.CairnObservabilityAutoConfiguration;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.DataSourceTransactionManagerAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcClientAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcTemplateAutoConfiguration;
import org.springframework.boot.transaction.autoconfigure.TransactionAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/** An application that is processed ahead of time. It ends when its input does. */
@Configuration(proxyBeanMethods = false)
@AutoConfigurationPackage
@ImportAutoConfiguration({
  DataSourceAutoConfiguration.class,
  DataSourceTransactionManagerAutoConfiguration.class,
  TransactionAutoConfiguration.class,
  JdbcTemplateAutoConfiguration.class,
  JdbcClientAutoConfiguration.class,
  CairnAutoConfiguration.class,
  CairnActuatorAutoConfiguration.class,
  CairnObservabilityAutoConfiguration.class
})
@Import({
  Shop.Orders.class,
  Shop.Mailer.class,
  Shop.Report.class,
  Shop.Returns.class,
  Shop.Proxied.class
})
public class Shop {
  /** Runs the application until its input ends. */
  public static void main(String[] args) throws IOException {
    var application = new SpringApplication(Shop.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    ConfigurableApplicationContext context = application.run(args);
    while (System.in.read() >= 0) {
      // Until the test ends it.
    }
    context.close();
  }

  /** How an order is paid. */
  sealed interface Payment {
    /** At once. */
    record Card(String number) implements Payment {}

    /** Later. */
    record Invoice(Address to) implements Payment {}
  }

  record Address(String city) {}

  record Item(String name, int count) {}

  @JobKind("aot_ship")
  record Ship(long order, List<Item> items, Payment payment) {}

  @JobKind("aot_mail")
  record Mail(Address to) {}

  @JobKind("aot_count")
  record Count(int number) {}

  @JobKind("aot_tick")
  record Tick(Instant due) {}

  @JobKind("aot_start")
  record Started() {}

  @JobKind("aot_return")
  record Return(Map<String, Item[]> items) {}

  @JobKind("aot_audit")
  record Audit(String what) {}

  /** In no signature: worked by another application. */
  @JobKind("aot_elsewhere")
  record Elsewhere(Address where) {}

  /** A worker by its method, with all that its annotation can say. */
  static class Orders {
    private final JdbcClient jdbc;
    private final Cairn cairn;

    Orders(JdbcClient jdbc, Cairn cairn) {
      this.jdbc = jdbc;
      this.cairn = cairn;
    }

    @CairnWorker(
        queue = "${app.queue}",
        maxAttempts = "${app.attempts}",
        timeout = "${app.timeout}",
        progressDeadline = "10m")
    void ship(Ship args, Steps steps, WorkContext context) throws Exception {
      steps.stepTx(
          "ship",
          () -> {
            jdbc.sql("INSERT INTO shipped VALUES (?)").param(args.order()).update();
            cairn.insert(new Mail(new Address(args.items().getFirst().name())));
          });
      context.recordOutput(args.payment().toString());
    }
  }

  /** A worker by its class. */
  static class Mailer implements Worker<Mail> {
    @Override
    public void work(Job<Mail> job, WorkContext context) {
      context.recordOutput(job.args().to().city());
    }
  }

  /** Periodic jobs. */
  static class Report {
    private final String every;

    Report(@Value("${app.every}") String every) {
      this.every = every;
    }

    @CairnPeriodic(every = "${app.every}", runOnStart = true)
    Tick tick(Instant due) {
      return new Tick(due);
    }

    @CairnWorker
    void ticked(Job<Tick> job, WorkContext context) {
      context.recordOutput(every);
    }

    @CairnWorker
    @CairnPeriodic(every = "${app.every}", runOnStart = true)
    void started(Started args) {}

    @CairnPeriodic(cron = "${app.cron}", zone = "${app.zone}")
    JobInsert never() {
      return JobInsert.of(new Tick(Instant.MAX));
    }
  }

  /** Declares a worker for each of its subclasses. */
  abstract static class Generic<A> {
    @CairnWorker
    void work(A args, WorkContext context) {
      context.recordOutput(args.getClass().getSimpleName());
    }
  }

  /** A worker whose arguments its superclass does not know. */
  static class Returns extends Generic<Return> {}

  /** What a proxy shows of a worker. */
  interface Audits {
    /** Audits. */
    void audit(Audit args, WorkContext context);
  }

  /** A worker behind a proxy of its interface. */
  static class Proxied implements Audits {
    @Override
    @CairnWorker
    @Transactional
    public void audit(Audit args, WorkContext context) {
      context.recordOutput(args.what());
    }
  }

  @Bean
  Worker<Count> counter() {
    return (job, context) -> context.recordOutput(job.args().number() + 1);
  }

  @Bean
  PeriodicJob counting() {
    return PeriodicJob.of(
            "counting", Every.of(Duration.ofDays(1)), due -> JobInsert.of(new Count(41)))
        .runOnStart();
  }

  @Bean
  CairnBuilderCustomizer named(@Value("${app.id}") String id) {
    return client -> client.clientId(id);
  }

  @Bean
  EventListener events() {
    return new EventListener() {
      @Override
      public Set<EventKind> kinds() {
        return Set.of(EventKind.JOB_COMPLETED);
      }

      @Override
      public void on(Event event) {}
    };
  }

  @Bean
  @CairnDataSource
  HikariDataSource jobs(
      @Value("${app.url}") String url,
      @Value("${app.user}") String user,
      @Value("${app.password}") String password) {
    var pool = new HikariDataSource();
    pool.setJdbcUrl(url);
    pool.setUsername(user);
    pool.setPassword(password);
    return pool;
  }
}
