package dev.cairn.cli.work;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobState;
import dev.cairn.JsonArgs;
import dev.cairn.cli.Address;
import dev.cairn.cli.CommandRun;
import dev.cairn.cli.MigratedDatabase;
import dev.cairn.embedded.FreshDatabase;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final String WORKERS =
      """
      package shop;

      import dev.cairn.JobKind;
      import dev.cairn.Workers;
      import dev.cairn.spi.Plugin;
      import dev.cairn.spi.WorkerProvider;
      import java.nio.file.Files;
      import java.nio.file.Path;
      import java.util.List;

      public final class ShopWorkers implements WorkerProvider {
        @JobKind("greet")
        public record Greet(String file) {}

        @JobKind("wait_for_file")
        public record WaitForFile(String file) {}

        @Override
        public void register(Workers.Builder workers) {
          workers.register(Greet.class, (job, context) ->
              Files.writeString(
                  Path.of(job.args().file()),
                  Thread.currentThread().getContextClassLoader().loadClass("shop.Words")
                      .getField("HELLO").get(null).toString()));
          workers.register(WaitForFile.class, (job, context) -> {
            while (!Files.exists(Path.of(job.args().file()))) {
              Thread.sleep(20);
            }
          });
        }

        @Override
        public List<Plugin> plugins() {
          return List.of(client -> client.maxAttempts(3));
        }
      }
      """;

  private static final String WORDS =
      "package shop; public final class Words { public static final String HELLO = \"hello\"; }";

  private static final String TALKING_WORKERS =
      """
      package shop;

      import dev.cairn.JobKind;
      import dev.cairn.Workers;
      import dev.cairn.log.JobLog;
      import dev.cairn.spi.Plugin;
      import dev.cairn.spi.WorkerProvider;
      import java.util.List;
      import org.slf4j.LoggerFactory;

      public final class TalkingWorkers implements WorkerProvider {
        @JobKind("talk")
        public record Talk(String file) {}

        @Override
        public void register(Workers.Builder workers) {
          workers.register(Talk.class, (job, context) ->
              LoggerFactory.getLogger(TalkingWorkers.class).info("has {} rows", 3));
        }

        @Override
        public List<Plugin> plugins() {
          // It sets the MDC.
          return List.of(client -> client.middleware(new JobLog()));
        }
      }
      """;

  /** As Logback would be found, whose jar would be found by all tests. */
  private static final String LOGGING =
      """
      package shop;

      import org.slf4j.ILoggerFactory;
      import org.slf4j.IMarkerFactory;
      import org.slf4j.MDC;
      import org.slf4j.Marker;
      import org.slf4j.event.Level;
      import org.slf4j.helpers.BasicMDCAdapter;
      import org.slf4j.helpers.BasicMarkerFactory;
      import org.slf4j.helpers.LegacyAbstractLogger;
      import org.slf4j.helpers.MessageFormatter;
      import org.slf4j.spi.MDCAdapter;
      import org.slf4j.spi.SLF4JServiceProvider;

      public final class ShopLogging implements SLF4JServiceProvider {
        private final MDCAdapter mdc = new BasicMDCAdapter();
        private final IMarkerFactory markers = new BasicMarkerFactory();

        public ILoggerFactory getLoggerFactory() { return ShopLogger::new; }
        public IMarkerFactory getMarkerFactory() { return markers; }
        public MDCAdapter getMDCAdapter() { return mdc; }
        public String getRequestedApiVersion() { return "2.0.99"; }
        public void initialize() { INITIALIZE }

        @SuppressWarnings("serial")
        static final class ShopLogger extends LegacyAbstractLogger {
          ShopLogger(String name) { this.name = name; }
          public boolean isTraceEnabled() { return false; }
          public boolean isDebugEnabled() { return false; }
          public boolean isInfoEnabled() { return true; }
          public boolean isWarnEnabled() { return true; }
          public boolean isErrorEnabled() { return true; }
          protected String getFullyQualifiedCallerName() { return null; }
          protected void handleNormalizedLoggingCall(
              Level level, Marker marker, String text, Object[] arguments, Throwable failure) {
            System.out.printf("the shop's log: %s %s %s, kind %s%n",
                level, name, MessageFormatter.basicArrayFormat(text, arguments), MDC.get("cairn.kind"));
          }
        }
      }
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // set by JUnit
  private Path folder;

  private final FreshDatabase database = MigratedDatabase.fresh();

  private Cairn client() {
    return Cairn.builder(database.dataSource()).build();
  }

  /** Compiles a class into a folder. */
  private static void compile(Path classes, String name, String source) throws IOException {
    Path file = classes.resolve(name.replace('.', '/') + ".java");
    Files.createDirectories(file.getParent());
    Files.writeString(file, source);
    var errors = new ByteArrayOutputStream();
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                errors,
                "-proc:none",
                "-d",
                classes.toString(),
                "-cp",
                System.getProperty("java.class.path") + File.pathSeparator + classes,
                file.toString());
    assertThat(result).as(errors.toString(UTF_8)).isZero();
  }

  private static void name(Path classes, String provider) throws IOException {
    name(classes, "dev.cairn.spi.WorkerProvider", provider);
  }

  private static void name(Path classes, String service, String provider) throws IOException {
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve(service), provider + "\n");
  }

  private Path talkingShop() throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    compile(classes, "shop.TalkingWorkers", TALKING_WORKERS);
    name(classes, "shop.TalkingWorkers");
    return classes;
  }

  private static void addLogging(Path classes, String initialize) throws IOException {
    compile(classes, "shop.ShopLogging", LOGGING.replace("INITIALIZE", initialize));
    name(classes, "org.slf4j.spi.SLF4JServiceProvider", "shop.ShopLogging");
  }

  private Path shop() throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    compile(classes, "shop.Words", WORDS);
    compile(classes, "shop.ShopWorkers", WORKERS);
    name(classes, "shop.ShopWorkers");
    return classes;
  }

  private CommandRun run(String... more) {
    var args = new ArrayList<>(List.of("work", "--database-url", Address.of(database)));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private Process start(Path log, String... more) throws IOException {
    return builder(more).redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  private ProcessBuilder builder(String... more) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.cairn.cli.Main",
                "work"));
    command.addAll(List.of(more));
    var builder = new ProcessBuilder(command);
    builder.environment().put("DATABASE_URL", Address.of(database));
    return builder;
  }

  private static void awaitPrinted(Path log, String text) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(Files.readString(log)).contains(text));
  }

  private long insert(String kind, Path file, String queue) {
    return client()
        .insert(
            JsonArgs.of(kind, "{\"file\": \"%s\"}".formatted(file)),
            InsertOptions.defaults().withQueue(queue))
        .id();
  }

  private void awaitState(long id, JobState state) {
    await().atMost(PATIENCE).until(() -> client().jobs().find(id).orElseThrow().state() == state);
  }

  @Test
  void jobsAreWorkedUntilSigtermAndTheRunningOneIsWaitedFor() throws Exception {
    Path log = folder.resolve("log");
    Path greeting = folder.resolve("greeting");
    Path mayEnd = folder.resolve("may-end");
    Process process =
        start(
            log,
            "--class-path",
            shop().toString(),
            "--queue",
            "default",
            "--queue",
            "slow=2",
            "--client-id",
            "shop-1",
            "--grace",
            "90");
    try {
      awaitPrinted(
          log, "shop-1 works the kinds greet, wait_for_file of the queues default (10), slow (2)");
      awaitState(insert("greet", greeting, "default"), JobState.COMPLETED);
      assertThat(greeting).hasContent("hello");
      long slow = insert("wait_for_file", mayEnd, "slow");
      awaitState(slow, JobState.RUNNING);

      process.destroy();
      awaitPrinted(log, "shop-1 stops");
      long late = insert("greet", greeting, "default");
      assertThat(process.isAlive()).isTrue();
      Files.createFile(mayEnd);

      assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      awaitPrinted(log, "shop-1 has stopped");
      assertThat(client().jobs().find(slow).orElseThrow().state()).isEqualTo(JobState.COMPLETED);
      assertThat(client().jobs().find(late).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aJobThatOutlivesTheGraceIsAvailableAgain() throws Exception {
    Path log = folder.resolve("log");
    Process process = start(log, "--class-path", shop().toString(), "--grace", "0");
    try {
      long id = insert("wait_for_file", folder.resolve("never"), "default");
      awaitState(id, JobState.RUNNING);

      process.destroy();

      assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
      assertThat(client().jobs().find(id).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void whatWorkersLogIsPrintedFromInfoOn() throws Exception {
    Path log = folder.resolve("log");
    Process process = start(log, "--class-path", talkingShop().toString());
    try {
      awaitState(insert("talk", folder, "default"), JobState.COMPLETED);

      awaitPrinted(log, "[INFO] TalkingWorkers - has 3 rows");
      assertThat(Files.readString(log)).doesNotContain("SLF4J(", "Hikari");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void theLoggingLibraryOfTheClassPathLogsEverything() throws Exception {
    Path log = folder.resolve("log");
    Path classes = talkingShop();
    addLogging(classes, "");
    Process process = start(log, "--class-path", classes.toString(), "--grace", "0");
    try {
      awaitState(insert("talk", folder, "default"), JobState.COMPLETED);

      awaitPrinted(log, "the shop's log: INFO shop.TalkingWorkers has 3 rows, kind talk");
      assertThat(Files.readString(log))
          .as("the lines of Cairn and of its pool too")
          .contains("the shop's log: INFO dev.cairn.", "the shop's log: INFO com.zaxxer.hikari")
          .doesNotContain("SLF4J(", "[INFO]");
      process.destroy();
      assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      awaitPrinted(log, "has stopped");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void ofSeveralLoggingLibrariesOneIsUsedAndSaid() throws Exception {
    Path log = folder.resolve("log");
    Path classes = talkingShop();
    addLogging(classes, "");
    compile(
        classes,
        "shop.AnotherLogging",
        LOGGING
            .replace("INITIALIZE", "")
            .replace("ShopLogging", "AnotherLogging")
            .replace("the shop's log", "another log"));
    Files.writeString(
        classes.resolve("META-INF/services/org.slf4j.spi.SLF4JServiceProvider"),
        "shop.ShopLogging\nshop.AnotherLogging\n");
    insert("talk", folder, "default");
    ProcessBuilder named = builder("--class-path", classes.toString(), "--grace", "0");
    named.environment().put("JDK_JAVA_OPTIONS", "-Dslf4j.provider=shop.AnotherLogging");
    Process first = start(log, "--class-path", classes.toString(), "--grace", "0");
    Path another = folder.resolve("another");
    Process second = named.redirectErrorStream(true).redirectOutput(another.toFile()).start();
    try {
      awaitPrinted(log, "the shop's log: INFO dev.cairn.");
      awaitPrinted(another, "another log: INFO dev.cairn.");
      assertThat(Files.readString(log))
          .contains("several logging libraries", "shop.ShopLogging is used", "-Dslf4j.provider=");
      assertThat(Files.readString(another)).doesNotContain("several logging libraries");
    } finally {
      first.destroyForcibly();
      second.destroyForcibly();
    }
  }

  @Test
  void aLoggingLibraryThatDoesNotBeginIsSaid() throws Exception {
    Path log = folder.resolve("log");
    Path classes = talkingShop();
    addLogging(classes, "throw new IllegalStateException(\"no licence\");");
    Process process = start(log, "--class-path", classes.toString());
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
      assertThat(Files.readString(log))
          .contains("Error: the SLF4J provider of the class path cannot be loaded")
          .contains("no licence", "CAIRN-904");
    } finally {
      process.destroyForcibly();
    }
  }

  @Tag("thorough")
  @Test
  void itEndsWhenAnotherClientHasStartedUnderItsId() throws Exception {
    Path log = folder.resolve("log");
    Process process = start(log, "--class-path", shop().toString(), "--client-id", "shop-1");
    try {
      awaitPrinted(log, "shop-1 works the kinds");
      // As the other client does when it starts while this one is frozen.
      try (var connection = database.dataSource().getConnection();
          var statement = connection.createStatement()) {
        statement.execute("UPDATE cairn_client SET started_at = now() WHERE id = 'shop-1'");
      }

      assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(1);
      assertThat(Files.readString(log))
          .contains("shop-1 works no more jobs, because another client has started under its id");
    } finally {
      process.destroyForcibly();
    }
  }

  /** As if it was piped into {@code tee}, which ends at the same Ctrl-C. */
  @Test
  void itStopsInOrderThoughNobodyReadsWhatItPrints() throws Exception {
    Process process =
        builder("--class-path", shop().toString(), "--grace", "0")
            .redirectError(folder.resolve("log").toFile())
            .start();
    try {
      long id = insert("wait_for_file", folder.resolve("never"), "default");
      awaitState(id, JobState.RUNNING);
      process.getInputStream().close();

      process.destroy();

      assertThat(process.waitFor(PATIENCE.toSeconds(), SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(143);
      assertThat(client().jobs().find(id).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aClassPathWithoutProviderSaysWhatLacks() throws IOException {
    Path empty = Files.createDirectories(folder.resolve("empty"));
    assertThat(run("--class-path", empty.toString()))
        .satisfies(run -> {
          assertThat(run.exitCode()).isEqualTo(1);
          assertThat(run.err())
              .startsWith("Error: the class path has no META-INF/services/dev.cairn.spi.Worker")
              .hasLineCount(1);
        });

    Files.createFile(empty.resolve("shop.jar"));
    assertThat(run("--class-path", empty.toString()).err())
        .contains("For the jars in a folder, write %s/*".formatted(empty));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "throw new IllegalStateException(\"no licence\"); | | cannot register | no licence",
        "shop.Words.HELLO.length();                  | Words | cannot register | shop/Words",
        "                                            | | registered no worker     | ShopWorkers",
        "workers.register(A.class, (j, c) -> {}); workers.register(B.class, (j, c) -> {}); | "
            + "| has two workers | CAIRN-101",
      })
  void aProviderThatFailsIsNamed(String body, String missing, String what, String why)
      throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    compile(
        classes,
        "shop.Words",
        "package shop; public final class Words { public static String HELLO = \"hello\"; }");
    compile(
        classes,
        "shop.ShopWorkers",
        """
        package shop;
        import dev.cairn.JobKind;
        import dev.cairn.Workers;
        public final class ShopWorkers implements dev.cairn.spi.WorkerProvider {
          @JobKind("greet") record A() {}
          @JobKind("greet") record B() {}
          public void register(Workers.Builder workers) { %s }
        }
        """
            .formatted(body == null ? "" : body));
    name(classes, "shop.ShopWorkers");
    if (missing != null) {
      Files.delete(classes.resolve("shop/%s.class".formatted(missing)));
    }

    CommandRun run = run("--class-path", classes.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).startsWith("Error: ").contains(what, why, "shop.ShopWorkers");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void aProviderThatDoesNotLoadIsNamed() throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    name(classes, "shop.Missing");
    assertThat(run("--class-path", classes.toString()).err())
        .startsWith("Error: the providers of workers cannot be loaded: ")
        .contains("shop.Missing not found");

    name(classes, "shop.Broken");
    compile(
        classes,
        "shop.Broken",
        """
        package shop;
        public final class Broken implements dev.cairn.spi.WorkerProvider {
          public Broken() { throw new IllegalStateException("no licence"); }
          public void register(dev.cairn.Workers.Builder workers) {}
        }
        """);
    CommandRun run = run("--class-path", classes.toString());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).contains("shop.Broken", "no licence");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "no-such-folder | --grace=1         | there is no file or folder",
        ":              | --grace=1         | the class path is empty",
        "no-such/*      | --grace=1         | there is no jar in",
        ".              | --queue=a=many    | 'many' in 'a=many' is not a number of jobs",
        ".              | --grace=-1        | must not be negative",
        ".              | --connections=0   | must be at least 1",
        ".              | --concurrency=ten | --concurrency",
      })
  void wrongUsageIsSaid(String classPath, String option, String message) {
    CommandRun run = run("--class-path", classPath, option);

    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).contains(message);
    assertThat(CommandRun.of("work").exitCode()).isEqualTo(2);
  }

  @Test
  void aQueueThatIsNamedTwiceIsRefused() throws IOException {
    CommandRun run = run("--class-path", shop().toString(), "--queue=a", "--queue=a=3");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("queue 'a' is added twice");
  }

  @Test
  void allJarsOfAFolderMayBeMeant() throws IOException {
    Path lib = Files.createDirectories(folder.resolve("lib"));
    Files.createFile(lib.resolve("b.jar"));
    Files.createFile(lib.resolve("a.jar"));
    Files.createFile(lib.resolve("readme.txt"));

    try (var loader = ClassPath.of(lib + "/*").loader()) {
      assertThat(loader.getURLs())
          .extracting(url -> Path.of(url.getPath()).getFileName().toString())
          .containsExactly("a.jar", "b.jar");
    }
  }
}
