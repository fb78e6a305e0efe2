package dev.cairn.shop;

import dev.cairn.csv.CsvRow;
import dev.cairn.csv.CsvSource;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnWorker;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Imports a catalog. If the process dies in the middle, another one continues after the last
 * committed batch.
 */
@Component
class CatalogImport {
  private static final Logger log = LoggerFactory.getLogger(CatalogImport.class);
  private static final int BATCH = 100;

  private final Catalogs catalogs;
  private final Products products;

  CatalogImport(Catalogs catalogs, Products products) {
    this.catalogs = catalogs;
    this.products = products;
  }

  @CairnWorker
  void run(ImportCatalog args, Steps steps) throws Exception {
    Path file = Path.of(catalog(args).file());
    // One transaction for each batch: its products, the count, and the position in the file.
    steps.forEachTx("products", CsvSource.of(file), BATCH, rows -> save(args, rows));
    steps.stepTx("complete", () -> catalog(args).markComplete());
  }

  private void save(ImportCatalog args, List<CsvRow> rows) {
    products.saveAll(rows.stream().map(CatalogImport::product).toList());
    Catalog catalog = catalog(args);
    catalog.countImported(rows.size()); // Hibernate writes it at the commit
    log.info("catalog {}: {} products", args.catalog(), catalog.imported());
  }

  private static Product product(CsvRow row) {
    return new Product(
        row.get("name"), Integer.parseInt(row.get("cents")), Integer.parseInt(row.get("stock")));
  }

  private Catalog catalog(ImportCatalog args) {
    return catalogs.findById(args.catalog()).orElseThrow();
  }
}
