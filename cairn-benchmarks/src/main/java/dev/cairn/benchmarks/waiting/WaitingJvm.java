package dev.cairn.benchmarks.waiting;

import dev.cairn.benchmarks.measure.ChildJvm;
import dev.cairn.benchmarks.waiting.WaitingProcess.Figures;
import dev.cairn.benchmarks.waiting.WaitingProcess.Kind;
import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Starts a {@link WaitingProcess} and waits for its end.
 *
 * @param heapMegabytes the maximum heap of the process
 */
record WaitingJvm(int heapMegabytes) {
  private static final int PATIENCE_MINUTES = 10;
  private static final int LOG_CHARACTERS_MAX = 2_000;

  /** Runs the process, and returns its figures while all jobs wait. */
  Figures run(Kind kind, int jobs, FreshDatabase login) throws IOException, InterruptedException {
    Path log = Files.createTempFile("cairn-waiting-", ".log");
    try {
      Process process = start(kind, jobs, login, log);
      try {
        boolean ended = process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES);
        List<String> lines = Files.readAllLines(log, Charset.defaultCharset());
        if (!ended || process.exitValue() != 0) {
          throw failed(kind, ended, lines);
        }
        return Figures.in(lines).orElseThrow(() -> failed(kind, true, lines));
      } finally {
        process.destroyForcibly();
        process.onExit().join();
      }
    } finally {
      Files.delete(log);
    }
  }

  private Process start(Kind kind, int jobs, FreshDatabase login, Path log) throws IOException {
    // Nothing is ever written to its input, so the process ends when this process ends.
    return ChildJvm.of(
            WaitingProcess.class, heapMegabytes, login, kind.name(), String.valueOf(jobs))
        .redirectInput(Redirect.PIPE)
        .redirectOutput(log.toFile())
        .redirectErrorStream(true)
        .start();
  }

  private static IllegalStateException failed(Kind kind, boolean ended, List<String> lines) {
    String text = String.join(System.lineSeparator(), lines);
    return new IllegalStateException(
        "%s: the process %s and printed: %s"
            .formatted(
                kind.text(),
                ended ? "failed" : "did not end",
                text.substring(Math.max(0, text.length() - LOG_CHARACTERS_MAX))));
  }
}
