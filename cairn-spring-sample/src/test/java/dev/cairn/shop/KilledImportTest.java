package dev.cairn.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** As in the README of the sample: the shop is killed in the middle of an import. */
@Tag("thorough")
class KilledImportTest {
  private static final int PRODUCTS = 1_000;

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder = Path.of("");

  @Test
  void anotherProcessGoesOnAndEveryRowIsThereOnce() throws Exception {
    ShopDatabase database = ShopDatabase.fresh();
    long catalog;
    try (var shop = ShopProcess.start(database.environment(), folder);
        var gate = Gate.at(database, "product 550")) {
      catalog = shop.visitor().upload(Visitor.catalog(PRODUCTS));
      gate.awaitWaiting(); // in the middle of the sixth batch
      shop.kill();
    }
    assertThat(database.number("SELECT imported FROM catalog")).isEqualTo(500);

    try (var shop = ShopProcess.start(database.environment(), folder)) {
      shop.visitor().awaitImported(catalog);
      database.awaitAllCompleted();

      assertThat(shop.log()).contains("catalog 1: 600 products").doesNotContain("1: 500 products");
    }
    assertThat(database.number("SELECT imported FROM catalog")).isEqualTo(PRODUCTS);
    assertThat(database.count("product")).isEqualTo(PRODUCTS);
    assertThat(database.number("SELECT count(DISTINCT name) FROM product")).isEqualTo(PRODUCTS);
    assertThat(database.jobs("import_catalog"))
        .isEqualTo(List.of(new ShopDatabase.JobLine("import_catalog", "completed", 1, 0)));
  }

  /** Uses the database that the shop starts itself, as a newcomer does. */
  @Test
  @Tag("long")
  void theDatabaseToTryKeepsItsDataToo() throws Exception {
    long catalog;
    try (var shop = ShopProcess.start(Map.of(), folder)) {
      catalog = shop.visitor().upload(Visitor.catalog(100));
      shop.visitor().awaitImported(catalog);
      shop.kill();
    }

    try (var shop = ShopProcess.start(Map.of(), folder)) {
      assertThat(shop.visitor().get("ben", "/catalogs/" + catalog).body())
          .contains("\"imported\":100", "\"complete\":true");
    }
  }
}
