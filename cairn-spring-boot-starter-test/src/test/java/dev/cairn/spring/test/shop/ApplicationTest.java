package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Ship;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The whole application, in a transaction that is rolled back after each test. */
@SpringBootTest
@AutoConfigureCairn
@Transactional
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ApplicationTest {
  @Autowired private CairnTester cairn;
  @Autowired private Orders orders;

  @Test
  @Order(1)
  void anOrderIsShippedLaterInTheSameTransaction() {
    orders.order(1);

    cairn.inserted(Ship.class).withArgs(new Ship(1)).withQueue("shipping").one();
  }

  @Test
  @Order(2)
  void nothingIsLeftOfTheTestBefore() {
    cairn.inserted().none();
    cairn.inserted().after(0).none();
  }

  @Test
  @Order(3)
  void workersDoNotSeeTheTransactionOfTheTest() {
    orders.order(2);

    assertThatIllegalStateException()
        .isThrownBy(cairn::drain)
        .withMessageContaining("remove @Transactional from the test")
        .withMessageContaining("[CAIRN-705]");
  }

  @Test
  @Order(4)
  @Transactional(propagation = Propagation.NOT_SUPPORTED)
  void outsideOfATransactionJobsAreWorked() {
    orders.order(3);

    cairn.drain().getFirst().requireCompleted();
  }
}
