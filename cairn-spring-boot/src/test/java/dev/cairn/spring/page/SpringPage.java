package dev.cairn.spring.page;

import com.zaxxer.hikari.HikariDataSource;
import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Cursor;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.CairnDataSource;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.ClientDescription;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.aot.hint.annotation.RegisterReflectionForBinding;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.jdbc.DataSourceBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Component;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The code of docs/spring.md. */
final class SpringPage {
  private SpringPage() {}

  record Product(String line) {}

  record Customer(long id) {}

  interface Products {
    void save(Product product);
  }

  interface Imports {
    void save(String file);
  }

  interface Customers {
    List<Customer> after(long id);
  }

  // docs: spring.md
  @JobKind("import_catalog")
  record ImportCatalog(String file) {}

  @Component
  static class CatalogImport {
    private final Products products; // a repository

    CatalogImport(Products products) {
      this.products = products;
    }

    @CairnWorker
    void run(ImportCatalog args, Steps steps) throws Exception {
      steps.forEachTx(
          "rows",
          Sources.lines(Path.of(args.file())),
          100,
          lines -> lines.forEach(line -> products.save(new Product(line))));
    }
  }

  // end docs

  // docs: spring.md
  @Service
  static class Uploads {
    private final Imports imports; // a repository
    private final Cairn cairn;

    Uploads(Imports imports, Cairn cairn) {
      this.imports = imports;
      this.cairn = cairn;
    }

    @Transactional
    public void upload(String file) {
      imports.save(file);
      cairn.insert(new ImportCatalog(file)); // committed with the row, or not at all
    }
  }

  // end docs

  @JobKind("page_send_mail")
  record SendMail(String to) {}

  // docs: spring.md
  @Component
  static class Mailer implements Worker<SendMail> {
    @Override
    public void work(Job<SendMail> job, WorkContext context) {
      // ...
    }
  }

  // end docs

  @JobKind("page_report")
  record NightlyReport(LocalDate day) {}

  // docs: spring.md
  @Component
  static class Reports {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

    @CairnPeriodic(cron = "0 3 * * *", zone = "Europe/Berlin")
    NightlyReport nightly(Instant due) {
      return new NightlyReport(due.atZone(BERLIN).toLocalDate());
    }

    @CairnWorker(queue = "reports", timeout = "30m")
    void report(NightlyReport args) {
      // ...
    }
  }

  // end docs

  /** Moves a cursor in Spring's own transactions. */
  static final class Greetings {
    private final Customers customers;
    private final Batch batch;

    Greetings(Customers customers, Batch batch) {
      this.customers = customers;
      this.batch = batch;
    }

    void run(Steps steps) throws Exception {
      steps.cursor(
          "customers",
          Long.class,
          0L,
          cursor -> {
            for (var next = customers.after(cursor.get());
                !next.isEmpty();
                next = customers.after(cursor.get())) {
              batch.greet(next, cursor);
            }
          });
    }

    // docs: spring.md
    @Component
    static class Batch {
      @Transactional
      public void greet(List<Customer> customers, Cursor<Long> cursor) throws Exception {
        // ... what repositories do here
        cursor.advanceTx(customers.getLast().id()); // moves with it
      }
    }

    // end docs
  }

  // docs: spring.md
  @Configuration(proxyBeanMethods = false)
  static class JobsConfiguration {
    @Bean(defaultCandidate = false)
    @CairnDataSource
    DataSource jobs() {
      return DataSourceBuilder.create().url("jdbc:postgresql://jobs/jobs").build();
    }

    @Bean
    CairnBuilderCustomizer patience() {
      return client -> client.retryPolicy((job, failures) -> Duration.ofMinutes(failures));
    }
  }

  // end docs

  /** A data source of somebody else. */
  @Configuration(proxyBeanMethods = false)
  static class MarkedConfiguration {
    // docs: spring.md
    @Bean(defaultCandidate = false)
    @CairnDataSource
    DataSource forJobs(@Qualifier("theirs") DataSource theirs) {
      return theirs;
    }
    // end docs
  }

  /** Where Boot makes none. */
  @Configuration(proxyBeanMethods = false)
  static class R2dbcConfiguration {
    // docs: spring.md
    @Bean
    @ConfigurationProperties("jobs.datasource") // jdbc-url, username, password
    HikariDataSource jobs() {
      return new HikariDataSource();
    }
    // end docs
  }

  /** A client of one's own. */
  @Configuration(proxyBeanMethods = false)
  static class ClientConfiguration {
    // docs: spring.md
    @Bean
    Cairn cairn(ClientDescription description) {
      CairnBuilder client =
          Cairn.builder(description.dataSource())
              .workers(description.workers())
              .queue("default", 10);
      description.describe(client);
      return client.build();
    }
    // end docs
  }

  record Quote(long cents) {}

  record Offset(long bytes) {}

  // docs: spring.md
  @Configuration(proxyBeanMethods = false)
  @RegisterReflectionForBinding({Quote.class, Offset.class})
  static class NativeConfiguration {}

  // end docs
}
