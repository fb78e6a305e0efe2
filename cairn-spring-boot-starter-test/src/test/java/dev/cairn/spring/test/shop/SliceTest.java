package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.spring.test.CairnTest;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Call;
import dev.cairn.spring.test.shop.Shop.Remind;
import dev.cairn.spring.test.shop.Shop.Ship;
import dev.cairn.spring.test.shop.Shop.Thank;
import dev.cairn.testing.WorkedJob;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;

/** The workers alone. */
@CairnTest
class SliceTest {
  @Autowired private CairnTester cairn;
  @Autowired private Cairn client;
  @Autowired private JdbcClient jdbc;
  @Autowired private ObjectProvider<Orders> orders;

  @Test
  void onlyWorkersAreThereAndNothingWorksByItself() {
    assertThat(orders.getIfAvailable()).isNull();
    assertThat(client.status().phase()).isEqualTo(Phase.NEW);
    assertThat(client.insert(new Ship(1)).job().queue()).isEqualTo("shipping");
  }

  @Test
  void aJobIsWorkedInTheTransactionsOfTheApplication() {
    jdbc.sql("INSERT INTO orders VALUES (7)").update();

    cairn.work(new Ship(7)).requireCompleted();

    assertThat(jdbc.sql("SELECT shipped FROM orders WHERE id = 7").query(Boolean.class).single())
        .isTrue();
    cairn.inserted(Remind.class).withArgs(new Remind(7)).one();
  }

  @Test
  void whatIsDueLaterIsWorkedWhenTheClockSaysSo() {
    jdbc.sql("INSERT INTO orders VALUES (8)").update();
    client.insert(new Ship(8));

    assertThat(cairn.drain()).hasSize(1);
    assertThat(cairn.drain()).isEmpty();
    cairn.clock().advance(Duration.ofDays(1).minusNanos(1_000));
    assertThat(cairn.drain()).isEmpty();
    cairn.clock().advance(Duration.ofNanos(1_000));
    assertThat(cairn.drain()).hasSize(1);

    assertThat(jdbc.sql("SELECT reminded FROM orders WHERE id = 8").query(Boolean.class).single())
        .isTrue();
  }

  @Test
  void aSnoozeIsOverWhenTheClockWasAdvancedByItsDelay() {
    cairn.work(new Call(Duration.ofHours(1)));

    cairn.clock().advance(Duration.ofMinutes(59));
    assertThat(cairn.drain()).isEmpty();
    cairn.clock().advance(Duration.ofMinutes(1));
    cairn.drain().getFirst().requireCompleted();
  }

  /** The database takes so short a snooze for due when it is over by its own clock. */
  @Test
  void aShortSnoozeIsNotOverWhileTheClockStands() {
    WorkedJob snoozed = cairn.work(new Call(Duration.ofSeconds(3)));
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> Instant.now().isAfter(snoozed.job().scheduledAt()));

    assertThat(cairn.drain()).isEmpty();
    cairn.clock().advance(Duration.ofSeconds(3));
    assertThat(cairn.drain()).hasSize(1);
  }

  @Test
  @Transactional(readOnly = true)
  void aTestThatOnlyReadsCanLookForJobs() {
    cairn.inserted().none();
  }

  @Test
  void aWorkerWhoseMethodIsInheritedIsThereToo() {
    cairn.work(new Thank(9)).requireCompleted();
  }

  @Test
  void eachTestBeginsWithoutJobsOfItsOwn() {
    cairn.inserted().none();
    assertThat(cairn.drain()).isEmpty();
  }
}
