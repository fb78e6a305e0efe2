package dev.cairn.shop;

import dev.cairn.Cairn;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.ResponseStatus;

/** Saves orders, and inserts the jobs that ship them. */
@Service
class OrderService {
  private final Orders orders;
  private final Products products;
  private final Cairn cairn;

  OrderService(Orders orders, Products products, Cairn cairn) {
    this.orders = orders;
    this.products = products;
    this.cairn = cairn;
  }

  @Transactional
  Order order(String customer, long product, int pieces) {
    Order order = orders.save(new Order(customer, product, pieces));
    cairn.insert(new ShipOrder(order.id()));
    if (products.take(product, pieces) == 0) {
      throw new SoldOutException(product); // the order is rolled back, and its job with it
    }
    return order;
  }

  /** The stock has fewer pieces of a product than were ordered. */
  @ResponseStatus(HttpStatus.CONFLICT)
  static final class SoldOutException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SoldOutException(long product) {
      super("product %d is sold out".formatted(product));
    }
  }
}
