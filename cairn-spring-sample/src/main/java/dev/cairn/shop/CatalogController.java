package dev.cairn.shop;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** The endpoints for clerks: upload a catalog, and see the progress of its import. */
@RestController
@RequestMapping("/catalogs")
class CatalogController {
  private final CatalogService service;
  private final Catalogs catalogs;
  private final Path uploads;

  CatalogController(
      CatalogService service, Catalogs catalogs, @Value("${shop.folder}") Path folder) {
    this.service = service;
    this.catalogs = catalogs;
    this.uploads = folder.toAbsolutePath().resolve("uploads");
  }

  record CatalogView(long id, int imported, boolean complete) {
    static CatalogView of(Catalog catalog) {
      return new CatalogView(catalog.id(), catalog.imported(), catalog.isComplete());
    }
  }

  @PostMapping(consumes = "text/csv")
  @ResponseStatus(HttpStatus.ACCEPTED)
  CatalogView upload(InputStream body) throws IOException {
    Files.createDirectories(uploads);
    Path file = Files.createTempFile(uploads, "catalog-", ".csv");
    Files.copy(body, file, StandardCopyOption.REPLACE_EXISTING);
    return CatalogView.of(service.add(file));
  }

  @GetMapping("/{id}")
  ResponseEntity<CatalogView> show(@PathVariable long id) {
    return ResponseEntity.of(catalogs.findById(id).map(CatalogView::of));
  }
}
