package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Ship;
import org.junit.jupiter.api.RepeatedTest;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.jdbc.Sql;

/** Spring runs the statement after the tester has looked at the jobs of the test before. */
@SpringBootTest
@AutoConfigureCairn
@Sql(
    statements =
        "TRUNCATE orders, river_job, cairn_checkpoint, cairn_wait, cairn_signal, cairn_quarantine"
            + " RESTART IDENTITY")
@DirtiesContext
class EmptiedTablesTest {
  @Autowired private CairnTester cairn;
  @Autowired private Orders orders;

  @RepeatedTest(2)
  void theJobsOfATestAreSeenThoughTheirIdsStartAnew() {
    orders.order(1);

    cairn.inserted(Ship.class).one();
    assertThat(cairn.drain()).hasSize(1);
    orders.order(2);
  }
}
