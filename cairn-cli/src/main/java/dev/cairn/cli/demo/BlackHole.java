package dev.cairn.cli.demo;

import dev.cairn.embedded.FreshDatabase;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;

/**
 * The network between one process and the database, on a port of the loopback address. It can
 * swallow all that passes without breaking a connection, and lead to another server. Thread-safe.
 */
final class BlackHole implements AutoCloseable {
  private static final int BUFFER_BYTES = 1 << 14;

  private final ServerSocket door;
  private final IntSupplier databasePort;
  private final List<Socket> sockets = new ArrayList<>();
  private volatile boolean swallows;

  private BlackHole(ServerSocket door, IntSupplier databasePort) {
    this.door = door;
    this.databasePort = databasePort;
  }

  /**
   * @param databasePort where it leads to, asked for each new connection
   */
  static BlackHole before(IntSupplier databasePort) throws IOException {
    var network =
        new BlackHole(new ServerSocket(0, 0, InetAddress.getLoopbackAddress()), databasePort);
    Thread.ofPlatform().name("cairn-demo-network").daemon(true).start(network::accept);
    return network;
  }

  /** The same database, as seen through this network. */
  FreshDatabase seen(FreshDatabase database) {
    return new FreshDatabase(
        database.host(), port(), database.name(), database.user(), database.password());
  }

  /** The port for the process. */
  int port() {
    return door.getLocalPort();
  }

  /** Swallows everything from now on, in both directions. */
  void swallow() {
    swallows = true;
  }

  /** All connections break, and new ones work. */
  void restore() {
    closeAll();
    swallows = false;
  }

  @Override
  public void close() throws IOException {
    door.close();
    closeAll();
  }

  private synchronized void closeAll() {
    sockets.forEach(BlackHole::close);
    sockets.clear();
  }

  private synchronized void add(Socket client, Socket server) {
    sockets.removeIf(Socket::isClosed);
    sockets.add(client);
    sockets.add(server);
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        // The pumps close both.
        Socket client = door.accept();
        connect(client);
      } catch (IOException e) {
        // The door is closed, which the loop sees, or the worker has gone again.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    client.setTcpNoDelay(true);
    var server = new Socket();
    try {
      server.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), databasePort.getAsInt()));
      server.setTcpNoDelay(true);
    } catch (IOException e) {
      close(client);
      throw e;
    }
    add(client, server);
    Thread.ofVirtual().start(() -> pump(client, server));
    Thread.ofVirtual().start(() -> pump(server, client));
  }

  private void pump(Socket from, Socket to) {
    var buffer = new byte[BUFFER_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (!swallows) {
          out.write(buffer, 0, read);
        }
      }
    } catch (IOException e) {
      // One end has closed, so the other one is closed too.
    }
    // In a black hole, the end of a connection is swallowed too.
    if (!swallows) {
      close(from);
      close(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone either way.
    }
  }
}
