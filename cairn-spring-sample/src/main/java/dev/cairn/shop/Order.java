package dev.cairn.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;
import jakarta.persistence.Table;

/** An order of a customer. */
@Entity
@Table(name = "orders")
class Order {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  private Long id;

  private String customer;
  private long product;
  private int pieces;

  /** For JPA. */
  protected Order() {}

  Order(String customer, long product, int pieces) {
    this.customer = customer;
    this.product = product;
    this.pieces = pieces;
  }

  Long id() {
    return id;
  }

  String customer() {
    return customer;
  }

  long product() {
    return product;
  }

  int pieces() {
    return pieces;
  }
}
