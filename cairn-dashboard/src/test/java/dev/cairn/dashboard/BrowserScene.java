package dev.cairn.dashboard;

import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;

/** A real Chromium, and what it looks at, for the tests of one class. */
final class BrowserScene implements AutoCloseable {
  static final String SECRET = "{\"amount\": 7, \"token\": \"geheim\"}";

  final BrowserWorld world;
  private final RealBrowser browser;

  private BrowserScene(BrowserWorld world, RealBrowser browser) {
    this.world = world;
    this.browser = browser;
  }

  /**
   * Needs Chromium and the page. Without them, the tests are left out; with {@code
   * CAIRN_BROWSER=needed} in the environment they fail.
   */
  static BrowserScene open() throws Exception {
    Optional<String> lacks = RealBrowser.lacks();
    if (lacks.isPresent() && "needed".equals(System.getenv("CAIRN_BROWSER"))) {
      throw new AssertionError("the dashboard cannot be tested in a browser: " + lacks.get());
    }
    Assumptions.assumeTrue(lacks.isEmpty(), lacks.orElse(""));
    var world = new BrowserWorld();
    return new BrowserScene(world, RealBrowser.start());
  }

  @Override
  public void close() {
    browser.close();
    world.close();
  }

  /** Lets the browser do something, and returns its result. */
  JsonNode does(String scenario, Map<String, ?> given) throws Exception {
    return does(scenario, given, Map.of());
  }

  /** Lets the browser do something, and does what it asks for meanwhile. */
  JsonNode does(String scenario, Map<String, ?> given, Map<String, RealBrowser.Act> acts)
      throws Exception {
    return browser.does(scenario, given, acts);
  }

  long jobs(String condition) throws SQLException {
    return world.samples.number("SELECT count(*) FROM {schema}.river_job WHERE " + condition);
  }

  /** A discarded job with all that a job can have. */
  long furnished() throws Exception {
    long id = world.discarded();
    world.samples.furnish(id);
    return id;
  }

  /** A job whose arguments are partly hidden. */
  long secretJob() throws SQLException {
    return world.samples.number(
        "INSERT INTO {schema}.river_job (kind, args, state, max_attempts, finalized_at) VALUES"
            + " ('charge_card', '%s', 'cancelled', 1, now()) RETURNING id".formatted(SECRET));
  }
}
