package dev.cairn.shop;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;

/** A shipped order. No constraint prevents shipping an order twice, so a mistake would show. */
@Entity
class Parcel {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  private Long id;

  @Column(name = "order_id")
  private long order;

  /** For JPA. */
  protected Parcel() {}

  Parcel(long order) {
    this.order = order;
  }

  Long id() {
    return id;
  }

  long order() {
    return order;
  }
}
