package dev.cairn.chaos.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Stands between one client and the database, on a port of the loopback address. It understands
 * connections without encryption only. Thread-safe.
 */
public final class Proxy implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocket door;
  private final Supplier<InetSocketAddress> database;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private volatile Trouble trouble = Trouble.NONE;
  private volatile boolean dark;

  private Proxy(ServerSocket door, Supplier<InetSocketAddress> database) {
    this.door = door;
    this.database = database;
  }

  /**
   * Starts a proxy on a free port.
   *
   * @param database where it leads to, asked for each new connection
   */
  public static Proxy start(Supplier<InetSocketAddress> database) throws IOException {
    var proxy = new Proxy(new ServerSocket(0, 100, InetAddress.getLoopbackAddress()), database);
    Thread.ofPlatform().name("proxy").daemon(true).start(proxy::accept);
    return proxy;
  }

  /** The port for the client. */
  public int port() {
    return door.getLocalPort();
  }

  /** From now on, all statements meet this; replaces what they met before. */
  public void meet(Trouble next) {
    trouble = next;
  }

  /** From now on, all goes well again. Connections that went dark stay so. */
  public void calmDown() {
    trouble = Trouble.NONE;
    dark = false;
  }

  /** All connections go dark, and so do new ones until {@link #calmDown()}. */
  public void darken() {
    dark = true;
    links.forEach(Link::darken);
  }

  /** Cuts all connections that there are. */
  public void cut() {
    links.forEach(Link::cut);
    links.clear();
  }

  @Override
  public void close() throws IOException {
    door.close();
    cut();
  }

  private void accept() {
    while (!door.isClosed()) {
      try {
        // Neither is closed here: the link does that, and a dark one stays open on purpose.
        Socket client = door.accept();
        connect(client);
      } catch (IOException e) {
        // The door is closed, which the loop sees, or the client has gone again.
      }
    }
  }

  private void connect(Socket client) throws IOException {
    client.setTcpNoDelay(true);
    var server = new Socket();
    try {
      server.connect(database.get(), CONNECT_MILLIS);
      server.setTcpNoDelay(true);
    } catch (IOException e) {
      client.close();
      server.close();
      return;
    }
    var link = new Link(client, server, () -> trouble);
    links.removeIf(Link::isClosed);
    links.add(link);
    if (dark) {
      link.darken();
    }
    link.start();
  }
}
