package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Chromium, in which a script of the page's own sources ({@code browser/run.mjs}) does what a
 * person would do.
 */
final class RealBrowser implements AutoCloseable {
  private static final Path FRONTEND = Path.of("src/main/frontend");
  private static final Path PICTURES = Path.of("target/browser").toAbsolutePath();
  private static final int ANSWER_SECONDS = 300;
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Writer orders;
  private int number;

  private RealBrowser(Process process) {
    this.process = process;
    this.orders = process.outputWriter(StandardCharsets.UTF_8);
    Thread.ofVirtual().start(this::listen);
  }

  /** Something that a scenario asks the test to do. */
  @FunctionalInterface
  interface Act {
    void run() throws Exception;
  }

  /** What this machine lacks to run a browser; empty if it can. */
  static Optional<String> lacks() {
    if (RealBrowser.class.getResource("page/index.html") == null) {
      return Optional.of("the page was not built (-Dpage.skip=true, or no Node.js)");
    }
    return switch (search()) {
      case 0 -> Optional.empty();
      case 3 ->
          Optional.of("no Chromium was found: install it (package 'chromium') or set CHROMIUM");
      default -> Optional.of("Node.js does not run " + FRONTEND + "/browser/chromium.mjs");
    };
  }

  private static int search() {
    try {
      return node(
              "-e",
              "import('./browser/chromium.mjs').then(m => process.exit(m.findChromium() ? 0 : 3))")
          .waitFor();
    } catch (IOException | InterruptedException e) {
      return -1;
    }
  }

  private static Process node(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("node"));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .directory(FRONTEND.toFile())
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  static RealBrowser start() throws Exception {
    Files.createDirectories(PICTURES);
    var browser = new RealBrowser(node("browser/run.mjs", PICTURES.toString()));
    try {
      assertThat(browser.hear().has("ok")).as("the browser starts").isTrue();
      return browser;
    } catch (Throwable e) {
      browser.close();
      throw e;
    }
  }

  private void listen() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
      }
    } catch (IOException e) {
      // The process was ended.
    }
    lines.add("{\"failed\": \"the browser's script has ended: run it by hand to see why\"}");
  }

  /** Lets the browser do something, returns its result, and fails with what it did not find. */
  JsonNode does(String scenario, Map<String, ?> given, Map<String, Act> acts) throws Exception {
    say(Map.of("run", scenario, "given", given, "number", ++number));
    while (true) {
      JsonNode answer = hear();
      // After a scenario that took too long, its answer still comes.
      if (answer.path("number").asInt(number) != number) {
        continue;
      }
      if (answer.has("ok")) {
        return answer.path("value");
      }
      if (answer.has("failed")) {
        throw new AssertionError(
            "%s: %s%npictures: %s".formatted(scenario, answer.path("failed").asString(), PICTURES));
      }
      Act act = acts.get(answer.path("ask").asString());
      if (act == null) {
        throw new AssertionError("nobody knows what to do: " + answer);
      }
      act.run();
      say(Map.of("done", true));
    }
  }

  private void say(Map<String, ?> message) {
    try {
      orders.write(JSON.writeValueAsString(message) + "\n");
      orders.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode hear() throws InterruptedException {
    @Nullable String line = lines.poll(ANSWER_SECONDS, TimeUnit.SECONDS);
    assertThat(line).as("the browser answers within %d s", ANSWER_SECONDS).isNotNull();
    return JSON.readTree(line);
  }

  /** Lets the browser end, or ends it. */
  @Override
  public void close() {
    try {
      orders.close();
    } catch (IOException e) {
      // It has ended already.
    }
    process.onExit().orTimeout(20, TimeUnit.SECONDS).exceptionally(late -> kill()).join();
  }

  private Process kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    return process.destroyForcibly();
  }
}
