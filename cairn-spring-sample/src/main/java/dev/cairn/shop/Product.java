package dev.cairn.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;

/** A product. No constraint prevents importing a product twice, so a mistake would show. */
@Entity
class Product {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  private Long id;

  private String name;
  private int cents;
  private int stock;

  /** For JPA. */
  protected Product() {}

  Product(String name, int cents, int stock) {
    this.name = name;
    this.cents = cents;
    this.stock = stock;
  }

  Long id() {
    return id;
  }

  String name() {
    return name;
  }

  int cents() {
    return cents;
  }

  int stock() {
    return stock;
  }
}
