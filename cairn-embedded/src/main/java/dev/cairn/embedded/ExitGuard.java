package dev.cairn.embedded;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Ends a server when this JVM has ended, even after a kill.
 *
 * <p>A small shell process waits on a pipe that only this JVM holds open. When the JVM has ended,
 * even by {@code kill -9} of its whole process group, the pipe is closed. The shell then stops the
 * server and deletes the temporary files. A shutdown hook would not run after a kill, and it would
 * take the database away from other hooks that still need it, such as one that stops a client.
 * Windows has no such shell, so a hook is used there.
 */
@FunctionalInterface
interface ExitGuard {
  /**
   * Starts the guard in a session of its own. Otherwise a signal that ends the process group of
   * this JVM, as the {@code timeout} of a CI runner sends it, would end the guard too, and {@code
   * KILL} cannot be trapped. macOS has no {@code setsid}, but perl.
   */
  String APART =
      """
      if command -v setsid >/dev/null; then
        exec setsid "$@"
      elif command -v perl >/dev/null; then
        exec perl -MPOSIX=setsid -e 'setsid(); exec { $ARGV[0] } @ARGV' "$@"
      fi
      exec "$@"
      """;

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
   * Runs as the user of the server. That user could write any process id into the file, and root
   * would end any process.
   *
   * <p>Ends only the server whose options name our folder: the data directory may be in use by
   * another process, and an old file may hold a number that is now another program's. A server that
   * is just starting writes its options a moment after its number.
   */
  String STOP =
      """
      pidfile="$1/postmaster.pid"
      tries=0
      patience=80
      case "$1" in "$2"/*) patience=0;; esac
      while [ -f "$pidfile" ] && kill -0 "$(head -n 1 "$pidfile")" && [ $tries -lt 100 ]; do
        case "$(head -n 1 "$1/postmaster.opts")" in
          *"$2"*)
            if [ $tries -lt $patience ]; then signal=INT; else signal=QUIT; fi
            [ $((tries % 20)) -eq 0 ] && kill -$signal "$(head -n 1 "$pidfile")"
            ;;
          *)
            [ $tries -ge 20 ] && break
            ;;
        esac
        sleep 0.1
        tries=$((tries + 1))
      done
      """;

  /** Ends the guard, after the server has been stopped in the normal way. */
  void release();

  /**
   * Starts a guard for a server that is about to start.
   *
   * @param data the server's data directory
   * @param temporary the folder to delete after the server has ended; the server's options name it
   * @param user the user who runs the server
   * @param closing stops the server; only for platforms on which a hook is used
   */
  static ExitGuard over(Path data, Path temporary, ServerUser user, Runnable closing) {
    return File.separatorChar == '/' ? shell(data, temporary, user) : hook(closing);
  }

  private static ExitGuard shell(Path data, Path temporary, ServerUser user) {
    var command = new ArrayList<>(List.of("sh", "-c", APART, "cairn-exit-guard"));
    command.addAll(List.of("sh", "-c", WATCH, "cairn-exit-guard", temporary.toString()));
    command.addAll(
        user.command(
            List.of("sh", "-c", STOP, "cairn-exit-guard", data.toString(), temporary.toString())));
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
      // The guard has already ended.
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
      // The JVM is shutting down, so the hook is running or has run.
    }
  }
}
