package dev.cairn.samples.micronaut;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import jakarta.inject.Singleton;
import java.nio.file.Path;

// docs: micronaut.md
@Singleton
class CatalogImport implements Worker<ImportCatalog> {
  private final Products products; // repositories of Micronaut Data
  private final Uploads uploads;

  CatalogImport(Products products, Uploads uploads) {
    this.products = products;
    this.uploads = uploads;
  }

  @Override
  public void work(Job<ImportCatalog> job, WorkContext context) throws Exception {
    String file = job.args().file();
    Steps steps = Steps.of(context);
    steps.forEachTx(
        "rows",
        Sources.lines(Path.of(file)),
        100,
        lines -> products.saveAll(lines.stream().map(Product::new).toList()));
    steps.stepTx("done", () -> uploads.update(new Upload(file, true)));
  }
}
// end docs
