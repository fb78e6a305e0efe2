package com.example.shop;

import dev.cairn.resumable.Steps;
import dev.cairn.source.Sources;
import dev.cairn.spring.CairnWorker;
import java.nio.file.Path;
import org.springframework.stereotype.Component;

@Component
class CatalogImport {
  private final ProductRepository products;

  CatalogImport(ProductRepository products) {
    this.products = products;
  }

  @CairnWorker
  void run(ImportCatalog args, Steps steps) throws Exception {
    steps.forEachTx(
        "rows",
        Sources.lines(Path.of(args.file())),
        100,
        lines -> lines.forEach(line -> products.save(new Product(line))));
  }
}
