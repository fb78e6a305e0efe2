package dev.cairn.examples.pages;

import dev.cairn.Workers;
import dev.cairn.examples.pages.JobsPage.ImportCatalogWorker;
import dev.cairn.spi.WorkerProvider;

// docs: cli.md
public final class ShopWorkers implements WorkerProvider {
  @Override
  public void register(Workers.Builder workers) {
    workers.register(new ImportCatalogWorker("spring-2027"));
  }
}
// end docs
