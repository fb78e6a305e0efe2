package dev.cairn.chaos.fleet;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The classes of another version of {@code cairn-core}, which a worker can use instead of ours. */
public final class OlderCairn {
  private static final String VARIABLE = "CAIRN_CHAOS_OLDER";

  private OlderCairn() {}

  /** The folder or jar that the environment variable names, if it exists. */
  public static Optional<Path> classes() {
    return Optional.ofNullable(System.getenv(VARIABLE))
        .filter(text -> !text.isBlank())
        .map(Path::of)
        .map(Path::toAbsolutePath)
        .filter(Files::exists);
  }
}
