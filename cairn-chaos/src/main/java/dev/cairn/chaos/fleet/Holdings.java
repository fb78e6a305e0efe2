package dev.cairn.chaos.fleet;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.HotSpotDiagnosticMXBean.ThreadDumpFormat;
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
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  /** The beginning of the name of a group of threads, platform and virtual ones. */
  public static final String THREADS = "threads ";

  private static final Pattern THREAD = Pattern.compile("#\\d+ \"(.*)\".*");

  /** Threads that belong to nobody else. */
  private static final Pattern NAMED = Pattern.compile("(cairn|Hikari|PostgreSQL|ForkJoin).*");

  /** Objects with a cleaner are freed by the collection after the one that found them. */
  private static final int COLLECTIONS = 2;

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

  /** The thread bean does not know virtual threads, so this reads a thread dump. */
  private void threads(Map<String, Long> amounts) throws IOException {
    Path dump = file.resolveSibling(file.getFileName() + ".threads");
    Files.deleteIfExists(dump);
    ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
        .dumpThreads(dump.toAbsolutePath().toString(), ThreadDumpFormat.TEXT_PLAIN);
    try (Stream<String> lines = Files.lines(dump)) {
      lines
          .flatMap(line -> group(line).stream())
          .forEach(group -> amounts.merge(THREADS + group, 1L, Long::sum));
    }
    Files.delete(dump);
  }

  /** The group of the thread that begins on this line of a thread dump. */
  static Optional<String> group(String line) {
    Matcher thread = THREAD.matcher(line);
    if (!thread.matches()) {
      return Optional.empty();
    }
    String name = thread.group(1);
    return Optional.of(NAMED.matcher(name).matches() ? name.replaceAll("[-#]?\\d+", "") : "others");
  }
}
