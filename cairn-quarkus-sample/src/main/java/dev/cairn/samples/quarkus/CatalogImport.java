package dev.cairn.samples.quarkus;

import dev.cairn.Job;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.file.Path;

// docs: quarkus.md
@ApplicationScoped
class CatalogImport implements Worker<ImportCatalog> {
  private final Products products; // Panache repositories
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
        lines -> lines.forEach(line -> products.persist(new Product(line))));
    steps.stepTx("done", () -> uploads.findById(file).setImported(true));
  }
}
// end docs
