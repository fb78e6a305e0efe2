package dev.cairn.embedded;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends a server when this JVM has ended, in whatever way.
 *
 * <p>A small shell waits on a pipe that only this JVM holds open. Once the JVM is gone, also by
 * {@code kill -9}, the pipe is closed: the shell then stops the server and deletes what is
 * temporary. A shutdown hook would miss the kill, and it would take the database away from other
 * hooks that still need it, such as one that stops a client. Windows has no such shell, so there a
 * hook must do.
 */
@FunctionalInterface
interface ExitGuard {
  String WATCH =
      """
      trap '' INT TERM HUP QUIT
      read -r released && exit 0
      temporary="$1"
      shift
      env -i PATH="$PATH" "$@"
      rm -rf "$temporary"
      """;

  /**
   * Run as the user of the server, who could write any number into the file: root would end that
   * process, whosever it is.
   */
  String STOP =
      """
      pidfile="$1/postmaster.pid"
      tries=0
      while [ -f "$pidfile" ] && kill -0 "$(head -n 1 "$pidfile")" && [ $tries -lt 100 ]; do
        if [ $tries -lt 80 ]; then signal=INT; else signal=QUIT; fi
        [ $((tries % 20)) -eq 0 ] && kill -$signal "$(head -n 1 "$pidfile")"
        sleep 0.1
        tries=$((tries + 1))
      done
      """;

  /** Lets the guard go, once the server has been stopped in the normal way. */
  void release();

  /**
   * Begins to watch over a server that is about to start.
   *
   * @param data the server's data directory
   * @param temporary what to delete afterwards
   * @param user runs the server
   * @param closing stops the server, where a hook must do
   */
  static ExitGuard over(Path data, Path temporary, ServerUser user, Runnable closing) {
    return File.separatorChar == '/' ? shell(data, temporary, user) : hook(closing);
  }

  private static ExitGuard shell(Path data, Path temporary, ServerUser user) {
    var command =
        new ArrayList<>(List.of("sh", "-c", WATCH, "cairn-exit-guard", temporary.toString()));
    command.addAll(user.command(List.of("sh", "-c", STOP, "cairn-exit-guard", data.toString())));
    try {
      Process watch =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .directory(new File("/"))
              .start();
      return () -> letGo(watch);
    } catch (IOException e) {
      throw new EmbeddedDatabaseException(
          "embedded PostgreSQL does not start: it needs the program 'sh' [CAIRN-801]", e);
    }
  }

  private static void letGo(Process watch) {
    try (OutputStream pipe = watch.getOutputStream()) {
      pipe.write("released\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException e) {
      // It is gone already: there is nothing left to let go.
      watch.destroy();
    }
  }

  private static ExitGuard hook(Runnable closing) {
    Thread hook = new Thread(closing, "cairn-embedded-exit");
    Runtime.getRuntime().addShutdownHook(hook);
    return () -> forget(hook);
  }

  private static void forget(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The JVM is going down, and the hook with it.
    }
  }
}
