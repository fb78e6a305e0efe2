package dev.cairn.shop;

import java.security.Principal;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The endpoint for customers: place an order. */
@RestController
@RequestMapping("/orders")
class OrderController {
  private final OrderService service;

  OrderController(OrderService service) {
    this.service = service;
  }

  record OrderRequest(long product, int pieces) {
    OrderRequest {
      if (pieces < 1) {
        throw new IllegalArgumentException("pieces must be at least 1, not " + pieces);
      }
    }
  }

  record OrderView(long id) {}

  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  OrderView order(@RequestBody OrderRequest request, Principal customer) {
    Order order = service.order(customer.getName(), request.product(), request.pieces());
    return new OrderView(order.id());
  }
}
