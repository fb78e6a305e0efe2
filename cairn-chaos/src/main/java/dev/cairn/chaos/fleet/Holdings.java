package dev.cairn.chaos.fleet;

import com.sun.management.UnixOperatingSystemMXBean;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * What this process holds at the moment: memory, threads, open files and connections. Written to a
 * file on request, because a file needs neither the database nor the network. Used by one thread.
 */
public final class Holdings {
  /** The heap in use after a full garbage collection, in bytes. */
  public static final String HEAP = "heap";

  /** The memory of loaded classes, in bytes. */
  public static final String METASPACE = "metaspace";

  /** The number of open files and sockets. */
  public static final String FILES = "open files";

  /** The number of connections that the pool has open. */
  public static final String CONNECTIONS = "connections of the pool";

  /** The number of connections that are borrowed from the pool. */
  public static final String IN_USE = "connections in use";

  /** The beginning of the name of a group of threads. */
  public static final String THREADS = "threads ";

  /** The number of virtual threads that have not ended, whatever their name. */
  public static final String VIRTUAL_THREADS = THREADS + "(virtual)";

  /** A line of a class histogram: rank, instances, bytes and class. */
  private static final Pattern VIRTUAL =
      Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+java\\.lang\\.VirtualThread( .*)?");

  private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";

  /** The names of threads that are counted by their names. All other threads are one group. */
  private static final Pattern NAMED = Pattern.compile("(cairn|Hikari|PostgreSQL|ForkJoin).*");

  /** Objects with a cleaner are freed by the collection after the one that found them. */
  private static final int COLLECTIONS = 2;

  /** Space for threads that begin while threads are counted. */
  private static final int MORE_THREADS = 64;

  private final HikariDataSource pool;
  private final Path file;

  /**
   * Writes nothing yet.
   *
   * @param pool the connection pool of this process
   * @param file the file for the answers, one line each
   */
  Holdings(HikariDataSource pool, Path file) {
    this.pool = pool;
    this.file = file;
  }

  /** Measures, and writes an answer to the request with this number. */
  void write(String number) throws IOException {
    String line =
        measure().entrySet().stream()
            .map(each -> each.getKey() + "=" + each.getValue())
            .collect(Collectors.joining("\t", number + "\t", "\n"));
    Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** The answer to a request; empty if it is not there yet. */
  static Map<String, Long> read(Path file, String number) throws IOException {
    if (!Files.exists(file)) {
      return Map.of();
    }
    String all = Files.readString(file);
    int begin = ("\n" + all).indexOf("\n" + number + "\t");
    int end = begin < 0 ? -1 : all.indexOf('\n', begin);
    if (end < 0) {
      return Map.of();
    }
    var amounts = new TreeMap<String, Long>();
    for (String each : all.substring(begin, end).split("\t", -1)) {
      int sign = each.lastIndexOf('=');
      if (sign > 0) {
        amounts.put(each.substring(0, sign), Long.parseLong(each.substring(sign + 1)));
      }
    }
    return amounts;
  }

  private Map<String, Long> measure() throws IOException {
    var amounts = new TreeMap<String, Long>();
    threads(amounts);
    HikariPoolMXBean connections = pool.getHikariPoolMXBean();
    // Before its first connection, the pool has no bean.
    amounts.put(CONNECTIONS, connections == null ? 0L : connections.getTotalConnections());
    amounts.put(IN_USE, connections == null ? 0L : connections.getActiveConnections());
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      amounts.put(FILES, system.getOpenFileDescriptorCount());
    }
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    amounts.put(VIRTUAL_THREADS, virtualThreads());
    amounts.put(HEAP, memory(MemoryType.HEAP, "", space -> space.getCollectionUsage().getUsed()));
    amounts.put(
        METASPACE, memory(MemoryType.NON_HEAP, "Metaspace", space -> space.getUsage().getUsed()));
    return amounts;
  }

  private static long memory(
      MemoryType type, String name, ToLongFunction<MemoryPoolMXBean> amount) {
    return ManagementFactory.getMemoryPoolMXBeans().stream()
        .filter(space -> space.getType() == type && space.getName().startsWith(name))
        .mapToLong(amount)
        .sum();
  }

  /** Asks the thread groups, because the thread bean reads stacks, which can crash a JVM. */
  private static void threads(Map<String, Long> amounts) {
    ThreadGroup root = Thread.currentThread().getThreadGroup();
    while (root.getParent() != null) {
      root = root.getParent();
    }
    var threads = new Thread[2 * root.activeCount() + MORE_THREADS];
    int count = root.enumerate(threads);
    Stream.of(threads)
        .limit(count)
        .forEach(thread -> amounts.merge(THREADS + group(thread.getName()), 1L, Long::sum));
  }

  /**
   * No group and no bean knows virtual threads, and a thread dump can end the process
   * (JDK-8364343). So this counts the objects on the heap.
   */
  private static long virtualThreads() throws IOException {
    try {
      String[] none = {};
      Object histogram =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName(COMMANDS),
                  "gcClassHistogram",
                  new Object[] {none},
                  new String[] {String[].class.getName()});
      return virtualThreads((String) histogram);
    } catch (JMException e) {
      throw new IOException("This JVM does not count its virtual threads", e);
    }
  }

  static long virtualThreads(String histogram) {
    return histogram
        .lines()
        .map(VIRTUAL::matcher)
        .filter(Matcher::matches)
        .mapToLong(line -> Long.parseLong(line.group(1)))
        .sum();
  }

  /** The group of a thread with this name. */
  static String group(String name) {
    return NAMED.matcher(name).matches() ? name.replaceAll("[-#]?\\d+", "") : "others";
  }
}
