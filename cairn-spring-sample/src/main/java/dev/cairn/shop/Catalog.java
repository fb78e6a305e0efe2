package dev.cairn.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.GenerationType;
import jakarta.persistence.Id;

/** An uploaded file with products, and the progress of its import. */
@Entity
class Catalog {
  @Id
  @GeneratedValue(strategy = GenerationType.IDENTITY)
  private Long id;

  private String file;
  private int imported;
  private boolean complete;

  /** For JPA. */
  protected Catalog() {}

  Catalog(String file) {
    this.file = file;
  }

  void countImported(int products) {
    imported += products;
  }

  void markComplete() {
    complete = true;
  }

  Long id() {
    return id;
  }

  String file() {
    return file;
  }

  int imported() {
    return imported;
  }

  boolean isComplete() {
    return complete;
  }
}
