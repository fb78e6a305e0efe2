package dev.cairn.shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** DevTools loads the shop's classes again, in the same process; Cairn's own classes stay. */
@Tag("thorough")
class DevToolsRestartTest {
  private static final String TRIGGER = "restart-trigger";

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder = Path.of("");

  @Test
  void jobsFromBeforeARestartAreWorkedByTheNewClasses() throws Exception {
    ShopDatabase database = ShopDatabase.fresh();
    Path watched = Files.createDirectory(folder.resolve("watched"));
    Files.createFile(watched.resolve(TRIGGER));
    List<String> options =
        List.of(
            "-cp",
            ShopProcess.classPathWith(watched),
            "-Dspring.devtools.restart.trigger-file=" + TRIGGER);
    try (var shop = ShopProcess.start(database.environment(), folder, options);
        var gate = Gate.at(database, "product 150")) {
      Visitor before = shop.visitor();
      long catalog = before.upload(Visitor.catalog(300) + "plenty,100,1000\n");
      gate.awaitWaiting();
      pauseShipping(before, "pause");
      long order = before.order(database.number("SELECT min(id) FROM product"));

      // The trigger file makes DevTools check for changes. It restarts if another file has changed.
      Files.writeString(watched.resolve("changed.txt"), "now");
      Files.writeString(watched.resolve(TRIGGER), "now");
      before.awaitClosed();
      gate.open();
      shop.awaitStarts(2);

      Visitor after = shop.visitor();
      pauseShipping(after, "resume");
      after.awaitImported(catalog);
      database.awaitAllCompleted();
      assertThat(database.count("product")).isEqualTo(301);
      assertThat(database.count("parcel WHERE order_id = " + order)).isEqualTo(1);
      assertThat(database.count("river_job WHERE attempt <> 1 OR errors IS NOT NULL")).isZero();
      assertThat(
              shop.log()
                  .lines()
                  .filter(line -> line.contains("[  restartedMain] dev.cairn.shop.Shop")))
          .as("starts in a class loader of DevTools")
          .hasSizeGreaterThanOrEqualTo(2);
    }
  }

  private static void pauseShipping(Visitor visitor, String action) throws Exception {
    var request =
        visitor.json(
            visitor.as("eve", "/actuator/cairn/shipping"),
            "{\"action\": \"%s\"}".formatted(action));
    assertThat(visitor.send(request).statusCode()).isEqualTo(200);
  }
}
