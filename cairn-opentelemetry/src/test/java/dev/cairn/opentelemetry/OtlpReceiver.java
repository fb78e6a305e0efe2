package dev.cairn.opentelemetry;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Receives spans as a collector does: OTLP in protobuf over HTTP, on the loopback address. */
final class OtlpReceiver implements BeforeEachCallback, AfterEachCallback {
  private static final String PATH = "/v1/traces";

  private final List<OtlpSpan> spans = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  OtlpReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(PATH, this::receive);
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      spans.addAll(OtlpSpan.ofRequest(body(exchange)));
      exchange.sendResponseHeaders(200, -1);
    }
  }

  private static byte[] body(HttpExchange exchange) throws IOException {
    boolean isPacked = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
    try (InputStream body = exchange.getRequestBody();
        InputStream plain = isPacked ? new GZIPInputStream(body) : body) {
      return plain.readAllBytes();
    }
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    server.start();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    server.stop(0);
  }

  /** Where to send to. */
  String endpoint() {
    return "http://%s:%d%s"
        .formatted(
            server.getAddress().getAddress().getHostAddress(), server.getAddress().getPort(), PATH);
  }

  /** What has arrived so far. */
  List<OtlpSpan> spans() {
    return List.copyOf(spans);
  }
}
