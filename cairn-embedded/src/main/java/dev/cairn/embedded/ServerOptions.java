package dev.cairn.embedded;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How an embedded server is set up. Each {@code with} method returns a changed copy.
 *
 * @param settings PostgreSQL's settings by name, over the defaults, for example {@code
 *     shared_buffers = 256MB}; a value holds letters, digits and {@code _ . , : / + % * @ -} only
 * @param dataDirectory where the data stays after the server has ended, made if it is missing; null
 *     for a temporary one, which is deleted with the server
 * @param port the TCP port on the loopback address; 0 for any that is free
 */
public record ServerOptions(Map<String, String> settings, @Nullable Path dataDirectory, int port) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

  /** What passes unchanged through the shell that starts PostgreSQL. */
  private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9_.,:/+%*@-]*");

  private static final Map<String, String> HONEST =
      Map.of(
          "fsync", "on",
          "synchronous_commit", "on",
          "max_connections", "100",
          "timezone", "UTC",
          "unix_socket_directories", "");

  public ServerOptions {
    settings.forEach(ServerOptions::check);
    settings = Map.copyOf(settings);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
    }
  }

  /**
   * PostgreSQL's own defaults, so that what is committed is on the disk: {@code fsync} and {@code
   * synchronous_commit} on, 100 connections, UTC, a temporary data directory and any free port.
   */
  public static ServerOptions defaults() {
    return new ServerOptions(HONEST, null, 0);
  }

  /** These options with one more setting, or another value for one. */
  public ServerOptions withSetting(String name, String value) {
    var changed = new LinkedHashMap<>(settings);
    changed.put(name, value);
    return new ServerOptions(changed, dataDirectory, port);
  }

  /** These options with a data directory that is kept. */
  public ServerOptions withDataDirectory(Path directory) {
    return new ServerOptions(settings, directory, port);
  }

  /** These options with a fixed port. */
  public ServerOptions withPort(int fixedPort) {
    return new ServerOptions(settings, dataDirectory, fixedPort);
  }

  private static void check(String name, String value) {
    if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "setting '%s' = '%s' holds a character that cannot be passed on".formatted(name, value));
    }
  }
}
