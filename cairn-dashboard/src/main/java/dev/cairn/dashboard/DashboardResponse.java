package dev.cairn.dashboard;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer of the dashboard, for a server to send. May get further components.
 *
 * @param status the status of HTTP
 * @param headers in the order in which they are to be sent
 * @param content what follows
 */
public record DashboardResponse(int status, Map<String, String> headers, Content content) {
  public DashboardResponse {
    headers = new LinkedHashMap<>(headers);
  }

  /** The content of an answer. Gets no further types. */
  public sealed interface Content {}

  /**
   * A content that is there.
   *
   * @param bytes all of it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Whole(byte[] bytes) implements Content {}

  /**
   * A stream of events, which lasts minutes. The server sends the status and the headers, and then
   * calls {@link Events#send} on a thread that may wait so long, best a virtual one.
   *
   * @param events what to send
   */
  public record Live(Events events) implements Content {}

  /** Sends events until the stream is over. */
  @FunctionalInterface
  public interface Events {
    /**
     * Returns when the stream is over.
     *
     * @throws IOException if the receiver is gone
     */
    void send(Sink sink) throws IOException;
  }

  /** Where events go. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Sends a text at once, in UTF-8, without keeping any of it back.
     *
     * @throws IOException if the receiver is gone
     */
    void write(String text) throws IOException;
  }

  /** This answer with one more header. */
  public DashboardResponse with(String name, String value) {
    var more = new LinkedHashMap<>(headers);
    more.put(name, value);
    return new DashboardResponse(status, more, content);
  }
}
