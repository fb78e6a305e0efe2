package dev.cairn.embedded;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The options of an embedded server. Start with {@link #defaults()}; each {@code with} method
 * returns a changed copy. Immutable.
 */
public final class ServerOptions {
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.]*");

  /** Values that the shell that starts PostgreSQL passes on unchanged. */
  private static final Pattern VALUE = Pattern.compile("[A-Za-z0-9_.,:/+%*@-]*");

  private static final Map<String, String> HONEST =
      Map.of(
          "fsync", "on",
          "synchronous_commit", "on",
          "max_connections", "100",
          "timezone", "UTC",
          "unix_socket_directories", "");

  private final Map<String, String> settings;
  private final @Nullable Path dataDirectory;
  private final int port;

  private ServerOptions(Map<String, String> settings, @Nullable Path dataDirectory, int port) {
    settings.forEach(ServerOptions::check);
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port must be 0 to 65535, not " + port);
    }
    this.settings = Map.copyOf(settings);
    this.dataDirectory = dataDirectory;
    this.port = port;
  }

  /**
   * PostgreSQL's default settings, which keep committed data on the disk: {@code fsync} and {@code
   * synchronous_commit} are on. 100 connections, UTC, a temporary data directory and any free port.
   */
  public static ServerOptions defaults() {
    return new ServerOptions(HONEST, null, 0);
  }

  /**
   * {@link #defaults()}, but without {@code fsync}: a test then does not depend on the speed of the
   * disk. Nothing is lost if the server crashes, but everything may be if the machine does.
   */
  public static ServerOptions forTests() {
    return defaults().withSetting("fsync", "off");
  }

  /** Options with these settings only, a temporary directory and any free port. */
  static ServerOptions of(Map<String, String> settings) {
    return new ServerOptions(settings, null, 0);
  }

  /** PostgreSQL's settings by name, for example {@code shared_buffers = 256MB}. */
  public Map<String, String> settings() {
    return settings;
  }

  /**
   * The directory in which the data stays after the server has ended; null for a temporary
   * directory, which is deleted with the server.
   */
  public @Nullable Path dataDirectory() {
    return dataDirectory;
  }

  /** The TCP port on the loopback address; 0 for any free port. */
  public int port() {
    return port;
  }

  /**
   * These options with one more setting, or with another value for an existing one.
   *
   * @throws IllegalArgumentException if the value contains characters other than letters, digits
   *     and {@code _ . , : / + % * @ -}
   */
  public ServerOptions withSetting(String name, String value) {
    var changed = new LinkedHashMap<>(settings);
    changed.put(name, value);
    return new ServerOptions(changed, dataDirectory, port);
  }

  /** These options with a data directory that stays. It is created if it is missing. */
  public ServerOptions withDataDirectory(Path directory) {
    return new ServerOptions(settings, directory, port);
  }

  /**
   * These options with a fixed port; 0 for any free port.
   *
   * @throws IllegalArgumentException if the port is not 0 to 65535
   */
  public ServerOptions withPort(int fixedPort) {
    return new ServerOptions(settings, dataDirectory, fixedPort);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ServerOptions that
        && settings.equals(that.settings)
        && Objects.equals(dataDirectory, that.dataDirectory)
        && port == that.port;
  }

  @Override
  public int hashCode() {
    return Objects.hash(settings, dataDirectory, port);
  }

  @Override
  public String toString() {
    return "ServerOptions[settings=%s, dataDirectory=%s, port=%d]"
        .formatted(settings, dataDirectory, port);
  }

  private static void check(String name, String value) {
    if (!NAME.matcher(name).matches() || !VALUE.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "setting '%s' = '%s' contains a character that is not allowed".formatted(name, value));
    }
  }
}
