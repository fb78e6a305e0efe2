package dev.cairn.samples.quarkus;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** A row of the application's own. */
@Entity
public class Product {
  @Id private String name = "";

  /** For Hibernate. */
  protected Product() {}

  Product(String name) {
    this.name = name;
  }

  /** The key. */
  public String getName() {
    return name;
  }
}
