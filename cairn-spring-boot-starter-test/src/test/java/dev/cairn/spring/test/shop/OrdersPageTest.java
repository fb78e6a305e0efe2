package dev.cairn.spring.test.shop;

import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Ship;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.transaction.annotation.Transactional;

/** The test that docs/spring.md shows. */
class OrdersPageTest {
  @Nested
  // docs: spring.md
  @SpringBootTest
  @AutoConfigureCairn
  class OrdersTest {
    @Autowired private CairnTester cairn;
    @Autowired private Orders orders;

    @Test
    @Transactional
    void anOrderIsShippedLater() {
      orders.order(1);

      cairn.inserted(Ship.class).withArgs(new Ship(1)).one(); // in the test's transaction
    }

    @Test
    void anOrderIsShipped() {
      orders.order(2);

      cairn.drain().getFirst().requireCompleted();
    }
  }
  // end docs
}
