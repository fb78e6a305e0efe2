package dev.cairn.chaos.fuzz;

import dev.cairn.source.FileSource;
import dev.cairn.source.Sources;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/** Any file has the same lines, wherever a reader stops and another one continues. */
public final class NdjsonFuzz {
  private static final Path FILE = ResumedFile.fresh("fuzz.ndjson");

  private static final FileSource<JsonNode> SOURCE = Sources.ndjson(FILE, JsonNode.class);

  private NdjsonFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) throws Exception {
    ResumedFile.check(FILE, input, SOURCE, JsonNode::toString);
  }
}
