package com.example.shop;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

@Entity
public class Upload {
  @Id private String file;

  protected Upload() {}

  public Upload(String file) {
    this.file = file;
  }
}
