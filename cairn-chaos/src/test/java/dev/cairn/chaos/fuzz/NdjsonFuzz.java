package dev.cairn.chaos.fuzz;

import dev.cairn.source.FileSource;
import dev.cairn.source.Sources;
import java.nio.file.Path;
import java.util.Map;

/** Any file has lines of JSON or others, the same wherever a reader stops and another goes on. */
public final class NdjsonFuzz {
  private static final Path FILE = ResumedFile.fresh("fuzz.ndjson");

  @SuppressWarnings("rawtypes")
  private static final FileSource<Map> SOURCE = Sources.ndjson(FILE, Map.class);

  private NdjsonFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    ResumedFile.check(FILE, input, SOURCE, Map::toString);
  }
}
