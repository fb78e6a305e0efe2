package dev.cairn.samples.quarkus;

import dev.cairn.Cairn;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;

// docs: quarkus.md
@ApplicationScoped
class UploadService {
  private final Uploads uploads;
  private final Cairn cairn;

  UploadService(Uploads uploads, Cairn cairn) {
    this.uploads = uploads;
    this.cairn = cairn;
  }

  @Transactional
  public void upload(String file) {
    uploads.persist(new Upload(file));
    cairn.insert(new ImportCatalog(file)); // committed with the row, or not at all
  }
}
// end docs
