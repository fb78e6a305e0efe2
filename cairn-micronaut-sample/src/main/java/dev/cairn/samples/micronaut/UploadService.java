package dev.cairn.samples.micronaut;

import dev.cairn.Cairn;
import io.micronaut.transaction.annotation.Transactional;
import jakarta.inject.Singleton;

// docs: micronaut.md
@Singleton
class UploadService {
  private final Uploads uploads;
  private final Cairn cairn;

  UploadService(Uploads uploads, Cairn cairn) {
    this.uploads = uploads;
    this.cairn = cairn;
  }

  @Transactional
  public void upload(String file) {
    uploads.save(new Upload(file, false));
    cairn.insert(new ImportCatalog(file)); // committed with the row, or not at all
  }
}
// end docs
