package dev.cairn.chaos.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A limit on the threads of one process, by a control group of the system. Only root on Linux can
 * make one.
 */
public final class ThreadLimit implements AutoCloseable {
  /** The folders of the groups that can limit threads, of versions 1 and 2. */
  private static Stream<Path> places() {
    return Stream.of(Path.of("/sys/fs/cgroup/pids"), Path.of("/sys/fs/cgroup"));
  }

  private static final String LIMIT = "pids.max";
  private static final String MEMBERS = "cgroup.procs";

  private final Path group;
  private final Path parent;
  private final long pid;

  private ThreadLimit(Path group, Path parent, long pid) {
    this.group = group;
    this.parent = parent;
    this.pid = pid;
  }

  /** Tests whether this user can limit threads here. */
  public static boolean isPossible() {
    Optional<Path> made = make("cairn-chaos-try-" + ProcessHandle.current().pid());
    made.ifPresent(ThreadLimit::remove);
    return made.isPresent();
  }

  /**
   * Limits a process.
   *
   * @param more how many threads more than now it may have
   */
  public static ThreadLimit of(long pid, int more) throws IOException {
    Path group =
        make("cairn-chaos-" + pid)
            .orElseThrow(() -> new IOException("threads cannot be limited here"));
    Path parent = parent(pid, group);
    long threads;
    try (var all = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
      threads = all.count();
    }
    Files.writeString(group.resolve(LIMIT), Long.toString(threads + more));
    Files.writeString(group.resolve(MEMBERS), Long.toString(pid));
    return new ThreadLimit(group, parent, pid);
  }

  /** The group to which a process belongs before it is limited, in the same tree. */
  private static Path parent(long pid, Path group) throws IOException {
    Path root = Objects.requireNonNull(group.getParent());
    String mark = root.endsWith("pids") ? ":pids:" : "0::";
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "cgroup")).stream()
        .filter(line -> line.contains(mark))
        .map(line -> line.substring(line.indexOf(mark) + mark.length() + 1))
        .map(root::resolve)
        // In a container, the path may be one that exists only outside of it.
        .filter(Files::isDirectory)
        .findFirst()
        .orElse(root);
  }

  /** Makes a group without members and without a limit; empty if that is not possible. */
  private static Optional<Path> make(String name) {
    return places()
        .map(place -> place.resolve(name))
        .filter(group -> {
          try {
            Files.createDirectory(group);
          } catch (IOException e) {
            return false;
          }
          boolean limits = Files.isWritable(group.resolve(LIMIT));
          if (!limits) {
            remove(group);
          }
          return limits;
        })
        .findFirst();
  }

  private static void remove(Path group) {
    try {
      Files.deleteIfExists(group);
    } catch (IOException e) {
      // The group still has a member. It stays, but limits nothing.
    }
  }

  /** Lifts the limit. */
  @Override
  public void close() throws IOException {
    Files.writeString(group.resolve(LIMIT), "max");
    if (ProcessHandle.of(pid).isPresent()) {
      Files.writeString(parent.resolve(MEMBERS), Long.toString(pid));
    }
    remove(group);
  }
}
