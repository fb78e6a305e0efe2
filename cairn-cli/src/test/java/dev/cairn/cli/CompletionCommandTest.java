package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // set by JUnit
  private Path folder;

  /** What bash offers behind the last word. */
  private List<String> offered(String... words) throws IOException, InterruptedException {
    Path script = folder.resolve("cairn_completion");
    CommandRun run = CommandRun.of("completion");
    assertThat(run.exitCode()).isZero();
    Files.writeString(script, run.out());
    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                """
                eval "$(cat '%s')"
                COMP_WORDS=(cairn %s)
                COMP_CWORD=%d
                _complete_cairn
                printf '%%s\\n' "${COMPREPLY[@]}"
                """
                    .formatted(script, String.join(" ", words), words.length))
            // Outside of a real completion, bash complains that there is none.
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      String printed = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(bash.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return printed.lines().map(String::strip).toList();
    } finally {
      bash.destroyForcibly();
    }
  }

  @Test
  void bashOffersCommandsOptionsAndStates() throws Exception {
    assertThat(offered("que")).containsExactly("queues");
    assertThat(offered("jobs", "re"))
        .containsExactlyInAnyOrder("resume", "retry", "redrive", "restart", "rewind");
    assertThat(offered("jobs", "list", "--cre"))
        .containsExactlyInAnyOrder("--created-after", "--created-before");
    assertThat(offered("demo-w")).doesNotContain("demo-worker");
  }
}
