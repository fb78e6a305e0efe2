package dev.cairn.chaos.proxy;

import dev.cairn.chaos.proxy.Trouble.Reaction;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection through the proxy. Each direction has a thread of its own. The thread that reads
 * from the client asks the {@link Trouble} about each statement.
 */
final class Link {
  private final Socket client;
  private final Socket server;
  private final Trouble trouble;
  private final Consumer<String> errors;
  private volatile boolean dark;
  private volatile boolean swallowsAnswer;
  private volatile boolean hungUp;

  /** Whether the client has sent LISTEN, and neither UNLISTEN nor DISCARD since. */
  private volatile boolean listens;

  /**
   * The reaction to the current request; {@code CUT_MIDDLE} cuts after the next Sync. Used by the
   * thread that reads from the client.
   */
  private Reaction pending = Reaction.PASS;

  /**
   * Creates a link that passes nothing until {@link #start}.
   *
   * @param trouble decides on each statement
   * @param errors called with the SQLSTATE of each error in the answers of the database
   */
  Link(Socket client, Socket server, Trouble trouble, Consumer<String> errors) {
    this.client = client;
    this.server = server;
    this.trouble = trouble;
    this.errors = errors;
  }

  void start() {
    Thread.ofVirtual()
        .name("proxy-request")
        .start(() -> {
          run(this::pumpRequests);
          run(this::swallow);
          hungUp = true;
        });
    Thread.ofVirtual().name("proxy-answer").start(() -> run(this::pumpAnswers));
  }

  /** Stops passing data in both directions, without closing. This cannot be undone. */
  void darken() {
    dark = true;
  }

  /** Whether the connection is open, and its session listens for notifications. */
  boolean listens() {
    return listens && !isClosed();
  }

  boolean isDark() {
    return dark;
  }

  /** Closes both sides of a dark connection whose client has closed its own. */
  void bury() {
    if (hungUp) {
      cut();
    }
  }

  void cut() {
    close(client);
    close(server);
  }

  boolean isClosed() {
    return client.isClosed() && server.isClosed();
  }

  private void run(Pump pump) {
    try {
      pump.run();
    } catch (IOException e) {
      // One side has closed its connection, so the other side is closed too.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (!dark) {
      cut();
    }
  }

  private void pumpRequests() throws IOException, InterruptedException {
    var frames = new Frames(new BufferedInputStream(client.getInputStream()));
    OutputStream out = new BufferedOutputStream(server.getOutputStream());
    var portals = new Portals();
    byte[] message = frames.startup();
    while (message != null && !dark) {
      out.write(message);
      if (!frames.hasMore() || isEndOfRequest(message)) {
        out.flush();
      }
      if (isEndOfRequest(message) && pending == Reaction.CUT_MIDDLE) {
        return;
      }
      message = frames.next();
      if (message != null && !admits(portals.executes(message))) {
        return;
      }
    }
  }

  /** Discards what the client sends on a dark connection, until the client closes it. */
  private void swallow() throws IOException {
    client.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  /** Whether a message may be passed on. */
  private boolean admits(@Nullable String sql) throws InterruptedException {
    if (sql == null || pending != Reaction.PASS) {
      return !dark;
    }
    if (sql.startsWith("LISTEN")) {
      listens = true;
    } else if (sql.startsWith("UNLISTEN") || sql.startsWith("DISCARD ALL")) {
      listens = false;
    }
    pending = trouble.meets(sql);
    switch (pending) {
      case CUT_BEFORE -> {
        return false;
      }
      case DARK -> {
        dark = true;
        return false;
      }
      case CUT_AFTER -> swallowsAnswer = true;
      case PASS, CUT_MIDDLE -> {}
    }
    return !dark;
  }

  private void pumpAnswers() throws IOException {
    var frames = new Frames(new BufferedInputStream(server.getInputStream()));
    OutputStream out = new BufferedOutputStream(client.getOutputStream());
    byte[] message = frames.next();
    while (message != null && !dark) {
      if (message[0] == 'E') {
        errors.accept(sqlState(message));
      }
      if (swallowsAnswer) {
        if (message[0] == 'Z') {
          return;
        }
      } else {
        out.write(message);
        if (!frames.hasMore()) {
          out.flush();
        }
      }
      message = frames.next();
    }
  }

  /**
   * The SQLSTATE in an error, which is its field C. The fields follow each other, each ended by a
   * zero byte.
   */
  private static String sqlState(byte[] error) {
    int begin = Frames.HEADER_BYTES;
    while (begin < error.length && error[begin] != 0) {
      int end = begin + 1;
      while (end < error.length && error[end] != 0) {
        end++;
      }
      if (error[begin] == 'C') {
        return new String(error, begin + 1, end - begin - 1, StandardCharsets.US_ASCII);
      }
      begin = end + 1;
    }
    return "";
  }

  private static boolean isEndOfRequest(byte[] message) {
    return message[0] == 'S' || message[0] == 'Q';
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // The connection is closed in both cases.
    }
  }

  /** One direction. */
  private interface Pump {
    void run() throws IOException, InterruptedException;
  }
}
