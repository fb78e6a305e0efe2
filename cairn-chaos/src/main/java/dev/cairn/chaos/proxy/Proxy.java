package dev.cairn.chaos.proxy;

import dev.cairn.chaos.proxy.Trouble.Reaction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A proxy between one client and the database, on a port of the loopback address. It can only read
 * connections without encryption. Several troubles can be in force at a time. Thread-safe.
 */
public final class Proxy implements AutoCloseable {
  private static final int CONNECT_MILLIS = 5_000;

  private final ServerSocket door;
  private final Supplier<InetSocketAddress> database;
  private final Set<Link> links = ConcurrentHashMap.newKeySet();
  private final List<Trouble> troubles = new CopyOnWriteArrayList<>();
  private final AtomicInteger darkness = new AtomicInteger();

  /** The errors that the database has answered with, by SQLSTATE. */
  private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

  private Proxy(ServerSocket door, Supplier<InetSocketAddress> database) {
    this.door = door;
    this.database = database;
  }

  /**
   * Starts a proxy on a free port.
   *
   * @param database supplies the address of the database, for each new connection
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

  /** Applies a trouble to all statements from now on, in addition to those that are in force. */
  public void meet(Trouble trouble) {
    troubles.add(trouble);
  }

  /** Ends this trouble. Others stay, and connections that went dark stay dark. */
  public void calmDown(Trouble trouble) {
    troubles.remove(trouble);
  }

  /**
   * All connections go dark, and so do new ones until {@link #lighten()} has been called as often
   * as this.
   *
   * @return the number of connections that were open
   */
  public long darken() {
    darkness.incrementAndGet();
    return darken(link -> true);
  }

  /** Ends one {@link #darken()}. Connections that went dark stay dark. */
  public void lighten() {
    darkness.decrementAndGet();
  }

  /** How many errors with this SQLSTATE the database has answered with so far. */
  public long errors(String state) {
    LongAdder count = errors.get(state);
    return count == null ? 0 : count.sum();
  }

  /**
   * The first reaction that does not pass the statement on; {@code PASS} if there is none. Asks all
   * troubles, even after that.
   */
  private Reaction meets(String sql) throws InterruptedException {
    Reaction strongest = Reaction.PASS;
    for (Trouble trouble : troubles) {
      Reaction reaction = trouble.meets(sql);
      strongest = strongest == Reaction.PASS ? reaction : strongest;
    }
    return strongest;
  }

  private void count(String state) {
    errors.computeIfAbsent(state, first -> new LongAdder()).increment();
  }

  /**
   * Connections that listen for notifications go dark. Connections that begin to listen later do
   * not; for those, call {@link #meet} first.
   *
   * @return the number of connections that went dark
   */
  public long darkenListeners() {
    return darken(Link::listens);
  }

  private long darken(Predicate<Link> wanted) {
    List<Link> chosen =
        links.stream()
            .filter(link -> !link.isClosed() && !link.isDark() && wanted.test(link))
            .toList();
    chosen.forEach(Link::darken);
    return chosen.size();
  }

  /**
   * Ends the sessions of dark connections that their clients have closed. A server does this by
   * itself when its TCP keepalive gets no answer.
   */
  public void bury() {
    links.forEach(Link::bury);
    links.removeIf(Link::isClosed);
  }

  /** Cuts all open connections. */
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
        // The link closes both sides; a dark link leaves them open on purpose.
        Socket client = door.accept();
        connect(client);
      } catch (IOException e) {
        // The proxy is closed, which the loop checks, or the client has disconnected.
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
    var link = new Link(client, server, this::meets, this::count);
    links.removeIf(Link::isClosed);
    links.add(link);
    if (darkness.get() > 0) {
      link.darken();
    }
    link.start();
  }
}
