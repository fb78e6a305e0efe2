package dev.cairn.cli.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Notes what everybody can see of the processes that this one has started, until it is stopped. */
final class ChildWatch {
  private static final String PASSWORD = "PGPASSWORD=";

  private final Set<String> arguments = ConcurrentHashMap.newKeySet();
  private final Set<String> passwords = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::watch, "child-watch");

  private ChildWatch() {}

  static ChildWatch start() {
    var watch = new ChildWatch();
    watch.thread.start();
    return watch;
  }

  void stop() {
    thread.interrupt();
  }

  /** The command lines of all that ran meanwhile. */
  Set<String> arguments() {
    return arguments;
  }

  /** What only we can see: the passwords in their environments. */
  Set<String> passwords() {
    return passwords;
  }

  private void watch() {
    try {
      while (true) {
        ProcessHandle.current().descendants().forEach(this::note);
        TimeUnit.MILLISECONDS.sleep(20);
      }
    } catch (InterruptedException e) {
      // The test has seen enough.
      Thread.currentThread().interrupt();
    }
  }

  private void note(ProcessHandle process) {
    process.info().commandLine().ifPresent(arguments::add);
    try {
      Path environment = Path.of("/proc", Long.toString(process.pid()), "environ");
      Arrays.stream(Files.readString(environment, StandardCharsets.ISO_8859_1).split("\0"))
          .filter(variable -> variable.startsWith(PASSWORD))
          .map(variable -> variable.substring(PASSWORD.length()))
          .forEach(passwords::add);
    } catch (IOException e) {
      // It has ended, or this is not Linux.
      return;
    }
  }
}
