package dev.cairn.shop;

import dev.cairn.Cairn;
import java.nio.file.Path;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** Saves uploaded catalogs, and inserts the jobs that import them. */
@Service
class CatalogService {
  private final Catalogs catalogs;
  private final Cairn cairn;

  CatalogService(Catalogs catalogs, Cairn cairn) {
    this.catalogs = catalogs;
    this.cairn = cairn;
  }

  @Transactional
  Catalog add(Path file) {
    Catalog catalog = catalogs.save(new Catalog(file.toString()));
    cairn.insert(new ImportCatalog(catalog.id())); // committed with the row, or not at all
    return catalog;
  }
}
