package dev.cairn.opentelemetry;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.embedded.FreshDatabase;
import dev.cairn.resumable.Steps;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A process that imports a catalog, and sends its spans to a collector. */
final class TracedImport {
  static final long ROWS = 40;

  /** The first attempt stays here until its process is killed. */
  static final long HALF = 20;

  private static final Duration HEARTBEAT_TIMEOUT = Duration.ofSeconds(6);
  private static final Duration FLUSH_INTERVAL = Duration.ofMillis(20);

  private TracedImport() {}

  @JobKind("import_catalog")
  record ImportCatalog(String file) {}

  /**
   * @param service the name of the process
   */
  static OpenTelemetrySdk sendingTo(String endpoint, String service) {
    var exporter = OtlpHttpSpanExporter.builder().setEndpoint(endpoint).build();
    return OpenTelemetrySdk.builder()
        .setTracerProvider(
            SdkTracerProvider.builder()
                .setResource(
                    Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), service)))
                .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                .build())
        .build();
  }

  static CairnBuilder client(FreshDatabase database, OpenTelemetrySdk sdk) {
    return Cairn.builder(database.dataSource()).plugin(Tracing.of(sdk));
  }

  private static void work(WorkContext context, boolean dies) throws Exception {
    Steps steps = Steps.of(context);
    steps.step("validate", () -> pause(15));
    steps.step("quote", () -> pause(25));
    steps.cursor(
        "import",
        Long.class,
        0L,
        cursor -> {
          while (cursor.get() < ROWS) {
            pause(5);
            cursor.advance(cursor.get() + 1);
            if (dies && cursor.get() == HALF) {
              cursor.checkpoint(HALF);
              System.out.println("half");
              stay(context);
            }
          }
        });
    steps.step("publish", () -> pause(20));
  }

  private static void stay(WorkContext context) throws InterruptedException {
    while (context.interruption().isEmpty()) {
      pause(5);
    }
  }

  private static void pause(int millis) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(millis);
  }

  /**
   * Works until its standard input ends.
   *
   * @param args the collector's endpoint, the name of the process, and {@code dies} if it stays in
   *     the middle of the job
   */
  public static void main(String[] args) throws Exception {
    boolean dies = args.length > 2;
    try (OpenTelemetrySdk sdk = sendingTo(args[0], args[1]);
        Cairn client =
            client(FreshDatabase.ofEnvironment(), sdk)
                .workers(
                    Workers.builder()
                        .register(ImportCatalog.class, (job, context) -> work(context, dies))
                        .build())
                .queue("default", 1)
                .heartbeatTimeout(HEARTBEAT_TIMEOUT)
                .flushInterval(FLUSH_INTERVAL)
                .pollInterval(Duration.ofMillis(50))
                .build()) {
      client.start();
      // Until the process that started this one closes the pipe.
      while (System.in.read() >= 0) {}
    }
  }
}
