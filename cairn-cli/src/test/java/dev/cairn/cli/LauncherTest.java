package dev.cairn.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code ./cairn} in a folder with the least that it needs. Maven, Node.js and Java are scripts:
 * Maven makes a jar of the version in the pom, and Java prints its arguments.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "it is a script for bash")
class LauncherTest {
  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  @TempDir private Path given;

  /** As the launcher sees it: the folder of temporary files may be behind a link. */
  private Path root;

  private Path programs;
  private Path essentials;
  private int changes;

  private record Run(int exitCode, String out, String err) {}

  @BeforeEach
  void prepare() throws IOException {
    root = given.toRealPath();
    programs = Files.createDirectories(root.resolve("programs"));
    copy("cairn");
    copy(".ci/tools");
    Files.createDirectories(root.resolve(".mvn"));
    Files.createDirectories(root.resolve("cairn-cli/src/main"));
    Files.createDirectories(root.resolve("cairn-dashboard/src/main/frontend"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
    change("1.0");
    script("bin/javac", "echo javac 21");
    // What a program of the launcher prints, then it waits until its input ends.
    script(
        "bin/java",
        """
        case "$*" in *arguments.check*latency) echo "refused" >&2; exit 2 ;; *arguments.check*) exit 0 ;; esac
        echo "$@"; cat >/dev/null
        """);
    Files.writeString(programs.resolve("release"), "JAVA_VERSION=\"21.0.1\"\n");
    script(
        "bin/mvn",
        """
        case "$1" in -v) echo "Apache Maven 3.9.9"; exit 0 ;; esac
        case "$*" in *dependency:copy\\ *) touch fetched; exit 0 ;; esac
        case "$*" in *page.script*) [ ! -e no-registry ] || { echo "npm failed" >&2; exit 1; } ;; esac
        app=$(echo "$*" | sed -n 's/.*-pl \\([^ ]*\\) .*/\\1/p')
        version=$(sed -n 's|.*<version>\\(.*\\)</version>.*|\\1|p' "$app/pom.xml")
        mkdir -p "$app/target"
        # As npm does.
        case "$*" in *page.script*) mkdir -p cairn-dashboard/src/main/frontend/node_modules ;; esac
        echo "$@" >"$app/target/$app-$version.jar"
        """);
    for (String tool : List.of("npm", "node")) {
      script("node/" + tool, "echo v22.1.0");
    }
    // Once: a program of another run may be about to begin.
    essentials = essentials();
  }

  private void copy(String file) throws IOException {
    Path target = root.resolve(file);
    Files.createDirectories(target.getParent());
    Files.copy(REPOSITORY.resolve(file), target);
    assertThat(target.toFile().setExecutable(true)).isTrue();
  }

  private void script(String name, String text) throws IOException {
    Path file = programs.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  /** The first state of the sources is older than any build, each later one is newer. */
  private void change(String version) throws IOException {
    Path pom = root.resolve("cairn-cli/pom.xml");
    Files.writeString(
        pom,
        """
        <project>
          <parent>
            <version>%s</version>
          </parent>
          <artifactId>cairn-dashboard</artifactId>
        </project>
        """
            .formatted(version));
    Instant now = Instant.now();
    Instant changed = changes == 0 ? now.minusSeconds(60) : now.plusSeconds(60L * changes);
    Files.setLastModifiedTime(pom, FileTime.from(changed));
    changes++;
  }

  private Process start(boolean withNode, String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("bash", root.resolve("cairn").toString()));
    command.addAll(List.of(arguments));
    var builder = new ProcessBuilder(command);
    environment(builder, withNode);
    return builder.start();
  }

  private void environment(ProcessBuilder builder, boolean withNode) {
    builder.environment().put("JAVA_HOME", programs.toString());
    // Without the machine's own Node.js.
    String path = programs.resolve("bin") + ":" + essentials;
    builder.environment().put("PATH", withNode ? programs.resolve("node") + ":" + path : path);
  }

  /** Only what the launcher uses, so that it finds no other program. */
  private Path essentials() throws IOException {
    for (String name :
        List.of(
            "bash",
            "sh",
            "cat",
            "cp",
            "mv",
            "rm",
            "mkdir",
            "touch",
            "sed",
            "grep",
            "head",
            "sort",
            "find",
            "date",
            "dirname",
            "basename",
            "readlink",
            "flock",
            "env")) {
      for (String place : List.of("/usr/bin", "/bin")) {
        Path program = Path.of(place, name);
        if (Files.isExecutable(program)) {
          script("essentials/" + name, "exec %s \"$@\"".formatted(program));
        }
      }
    }
    return programs.resolve("essentials");
  }

  private Run run(boolean withNode, String... arguments) throws Exception {
    return run(start(withNode, arguments));
  }

  private static Run run(Process process) throws Exception {
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), out, err);
  }

  private Path state() {
    return root.resolve("target/launcher/cairn-cli");
  }

  private Path current() throws IOException {
    return state().resolve(Files.readString(state().resolve("current")).strip());
  }

  private static List<String> jarsIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".jar"))
          .toList();
    }
  }

  @Test
  void buildsOnceAndRunsTheJarsOfThatBuild() throws Exception {
    Run first = run(true, "stats", "a b");
    Path folder = current();
    Run second = run(true, "stats");

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out()).contains("-cp " + folder + "/* dev.cairn.cli.Main stats a b");
    assertThat(first.err().strip()).isEqualTo("Building Cairn (first run only) ...");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).contains(folder.toString());
  }

  /** With it, {@code cd} prints the folder, or leads to another checkout. */
  @Test
  void runsFromAnyFolderThoughThereIsACdPath() throws Exception {
    Path above = Objects.requireNonNull(root.getParent());
    var builder = new ProcessBuilder("bash", root.getFileName() + "/cairn", "stats");
    builder.directory(above.toFile());
    builder.environment().put("CDPATH", ".:" + above);
    environment(builder, true);

    Run run = run(builder.start());

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).contains("-cp " + current() + "/* dev.cairn.cli.Main stats");
  }

  /** The JDK that the tools find without JAVA_HOME, as its version and its folder. */
  private String jdk(Path home, String path) throws Exception {
    Run run = findJdk(home, path, null);
    assertThat(run.err()).isEmpty();
    return run.out().strip();
  }

  private Run findJdk(Path home, String path, @Nullable Path javaHome) throws Exception {
    var builder =
        new ProcessBuilder(
            "bash",
            "-c",
            "set -euo pipefail; . '%s'; find_jdk || true; echo \"$jdk ${JAVA_HOME:-}\""
                .formatted(root.resolve(".ci/tools")));
    builder.environment().remove("JAVA_HOME");
    if (javaHome != null) {
      builder.environment().put("JAVA_HOME", javaHome.toString());
    }
    builder.environment().put("HOME", home.toString());
    builder.environment().put("PATH", path);
    return run(builder.start());
  }

  private void fakeJdk(String folder, String version) throws IOException {
    script(folder + "/bin/javac", "echo javac " + version);
    Files.writeString(
        programs.resolve(folder).resolve("release"), "JAVA_VERSION=\"%s\"%n".formatted(version));
  }

  /** A newer one may be an early access version, which warns of what nobody has seen yet. */
  @Test
  void aJdkThatIsTestedIsBetterThanANewerOne() throws Exception {
    fakeJdk("home/.jdks/25", "25.0.1");
    fakeJdk("home/.jdks/99", "99-ea");

    assertThat(jdk(programs.resolve("home"), essentials.toString())).startsWith("25 ");
  }

  /** It leads to the newest one, which nobody has chosen, and stands beside {@code java_home}. */
  @Test
  void theJavacOfMacosIsNoChoice() throws Exception {
    fakeJdk("home/.jdks/25", "25.0.1");
    fakeJdk("newest", "99-ea");
    script("usr/bin/javac", "echo javac 99");
    script("usr/bin/java", "echo '    java.home = %s' >&2".formatted(programs.resolve("newest")));
    script("usr/libexec/java_home", "echo %s".formatted(programs.resolve("newest")));
    String path = programs.resolve("usr/bin") + ":" + essentials;

    assertThat(jdk(programs.resolve("home"), path)).startsWith("25 ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          without-release | it has a javac, but no file 'release' as a JDK has
          runtime         | there is no bin/javac in it
          nowhere         | there is no such folder
          old             | it has version 17, and Cairn needs 21 or newer
          """)
  void aJavaHomeThatIsNotUsedIsSaidSo(String folder, String reason) throws Exception {
    fakeJdk("chosen", "25.0.1");
    fakeJdk("old", "17.0.2");
    script("without-release/bin/javac", "echo javac 25");
    script("runtime/bin/java", "");
    Path refused = programs.resolve(folder);

    Run run = findJdk(programs, programs.resolve("chosen/bin") + ":" + essentials, refused);

    assertThat(run.out().strip()).isEqualTo("25 " + programs.resolve("chosen"));
    assertThat(run.err())
        .isEqualTo(
            "JAVA_HOME is %s, which is not used: %s. Used instead: JDK 25 in %s.\n"
                .formatted(refused, reason, programs.resolve("chosen")));
  }

  /** As the programs of version managers. */
  @Test
  void aJavacThatLeadsToAJdkIsFollowed() throws Exception {
    fakeJdk("chosen", "21.0.1");
    script("stub/bin/javac", "echo javac 21");
    script("stub/bin/java", "echo '    java.home = %s' >&2".formatted(programs.resolve("chosen")));

    assertThat(jdk(programs, programs.resolve("stub/bin") + ":" + essentials))
        .isEqualTo("21 " + programs.resolve("chosen"));
  }

  @Test
  void nothingIsFetchedForArgumentsThatAreRefused() throws Exception {
    Files.createDirectories(root.resolve("cairn-benchmarks/src/main"));
    Files.copy(root.resolve("cairn-cli/pom.xml"), root.resolve("cairn-benchmarks/pom.xml"));
    Files.writeString(
        root.resolve("pom.xml"),
        "<project>\n<postgres.14.version>14.1.0</postgres.14.version>\n</project>\n");

    Run refused = run(true, "bench", "--postgres", "14", "latency");

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err()).endsWith("refused\n");
    assertThat(refused.out()).isEmpty();
    assertThat(root.resolve("fetched")).doesNotExist();

    Run measured = run(true, "bench", "latency", "--postgres", "14");

    assertThat(measured.exitCode()).as(measured.err()).isZero();
    assertThat(measured.out()).contains("dev.cairn.benchmarks.Main bench latency --postgres 14");
    assertThat(root.resolve("fetched")).exists();
  }

  @Test
  void runsNoJarOfAnEarlierVersion() throws Exception {
    run(true, "stats");
    change("2.0");
    run(true, "stats");

    assertThat(jarsIn(current())).containsExactly("cairn-cli-2.0.jar");
  }

  @Test
  void aProgramThatRunsKeepsItsJarsHoweverManyBuildsFollow() throws Exception {
    Process running = start(true, "work");
    try {
      // Its first line: from here on it is the program, not the launcher.
      assertThat(running.inputReader(UTF_8).readLine()).contains("dev.cairn.cli.Main work");
      Path folder = current();
      for (int build = 0; build < 3; build++) {
        change("1.0");
        run(true, "stats");
      }

      assertThat(current()).isNotEqualTo(folder);
      assertThat(jarsIn(folder)).containsExactly("cairn-cli-1.0.jar");
      running.getOutputStream().close();
      assertThat(running.waitFor(60, TimeUnit.SECONDS)).isTrue();

      change("1.0");
      run(true, "stats");
      assertThat(folder).doesNotExist();
    } finally {
      running.destroyForcibly();
    }
  }

  /** As on a machine without access to npm's registry. */
  @Test
  void allElseRunsThoughThePageCannotBeBuilt() throws Exception {
    run(false, "stats");
    Files.createFile(root.resolve("no-registry"));

    Run first = run(true, "stats");
    Run second = run(true, "stats");

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.err()).contains("npm failed", "The page of the dashboard could not be built");
    assertThat(first.out()).contains("dev.cairn.cli.Main stats");
    assertThat(second.exitCode()).isZero();
    assertThat(second.err()).isEmpty();
    assertThat(run(true, "dashboard").err()).contains("could not be built", "rm -r");

    change("1.0");
    Run changed = run(true, "stats");
    assertThat(changed.exitCode()).as(changed.err()).isZero();
    assertThat(changed.out()).contains("dev.cairn.cli.Main stats");

    Files.delete(root.resolve("no-registry"));
    change("1.0");
    run(true, "stats");
    assertThat(current().resolve("without-page")).doesNotExist();
  }

  @Test
  void aPageThatIsLeftOutIsSaidSoAndBuiltWhenThereIsNode() throws Exception {
    Run without = run(false, "stats");
    Path folder = current();
    Run dashboard = run(false, "dashboard");
    Run demo = run(false, "demo", "--dashboard");
    Run again = run(false, "demo");

    assertThat(without.err()).contains("Without the page of the dashboard", "Node.js 20.19");
    assertThat(Files.readString(folder.resolve("cairn-cli-1.0.jar"))).contains("-Dpage.skip=true");
    assertThat(dashboard.exitCode()).isZero();
    assertThat(dashboard.err()).contains("The dashboard has no page in this build", "Node.js");
    assertThat(demo.err()).isEqualTo(dashboard.err());
    assertThat(again.err()).isEmpty();
    assertThat(current()).isEqualTo(folder);

    Run installed = run(true, "dashboard");

    assertThat(installed.err()).contains("Building Cairn (with the page of the dashboard)");
    assertThat(current()).isNotEqualTo(folder);
    assertThat(Files.readString(current().resolve("cairn-cli-1.0.jar")))
        .doesNotContain("-Dpage.skip=true");
    assertThat(run(true, "dashboard").err()).isEmpty();
  }
}
