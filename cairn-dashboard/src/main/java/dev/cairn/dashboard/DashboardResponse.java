package dev.cairn.dashboard;

import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * An answer of the dashboard, for a server to send: first the status, then the headers in their
 * order, then the content. Immutable; each {@code with} method returns a changed copy.
 */
public final class DashboardResponse {
  private final int status;
  private final Map<String, String> headers;
  private final Content content;

  private DashboardResponse(int status, Map<String, String> headers, Content content) {
    this.status = status;
    this.headers = Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    this.content = content;
  }

  /** An answer without headers. */
  public static DashboardResponse of(int status, Content content) {
    return new DashboardResponse(status, Map.of(), Objects.requireNonNull(content, "content"));
  }

  /** This answer with one more header, or another value for one. */
  public DashboardResponse withHeader(String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new DashboardResponse(status, more, content);
  }

  /** This answer with these headers and no others, in their order. */
  public DashboardResponse withHeaders(Map<String, String> all) {
    return new DashboardResponse(status, all, content);
  }

  /** The HTTP status, for example 200. */
  public int status() {
    return status;
  }

  /** The headers, in the order in which they are to be sent. Unmodifiable. */
  public Map<String, String> headers() {
    return headers;
  }

  /** The content. */
  public Content content() {
    return content;
  }

  /** The content of an answer. Gets no further types. */
  public sealed interface Content {}

  /**
   * A content that is complete. May get further components.
   *
   * @param bytes all of it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Whole(byte[] bytes) implements Content {}

  /**
   * A stream of events that lasts up to ten minutes. The server sends the status and the headers,
   * and then calls {@link Events#send} on a thread that can wait that long, best a virtual one. May
   * get further components.
   *
   * @param events what to send
   */
  public record Live(Events events) implements Content {}

  /** A stream of events. */
  @FunctionalInterface
  public interface Events {
    /**
     * Sends events, and returns when the stream is over.
     *
     * @throws IOException if the browser is gone
     */
    void send(Sink sink) throws IOException;
  }

  /** Receives the events of a stream. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Sends a text at once, in UTF-8, and flushes it.
     *
     * @throws IOException if the browser is gone
     */
    void write(String text) throws IOException;
  }

  /** Without the content. */
  @Override
  public String toString() {
    return "DashboardResponse[%d, %s]".formatted(status, headers);
  }
}
