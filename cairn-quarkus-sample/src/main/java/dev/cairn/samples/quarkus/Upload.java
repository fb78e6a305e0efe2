package dev.cairn.samples.quarkus;

import jakarta.persistence.Entity;
import jakarta.persistence.Id;

/** An uploaded file. */
@Entity
public class Upload {
  @Id private String file = "";
  private boolean imported;

  /** For Hibernate. */
  protected Upload() {}

  Upload(String file) {
    this.file = file;
  }

  /** The key. */
  public String getFile() {
    return file;
  }

  /** Whether all of its rows have become products. */
  public boolean isImported() {
    return imported;
  }

  void setImported(boolean imported) {
    this.imported = imported;
  }
}
