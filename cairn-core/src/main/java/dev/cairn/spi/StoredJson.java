package dev.cairn.spi;

import java.io.StringWriter;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads, and writes again, JSON that PostgreSQL has stored, such as {@link
 * dev.cairn.Job#metadata()}, whoever wrote it. The limits that Jackson has by default are for texts
 * from outside: a number of more than a thousand digits or some hundred levels in the metadata must
 * not fail a job. What the database accepts is bounded already. Numbers keep all their digits.
 */
public final class StoredJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(Integer.MAX_VALUE)
                          .maxNumberLength(Integer.MAX_VALUE)
                          .maxStringLength(Integer.MAX_VALUE)
                          .maxNameLength(Integer.MAX_VALUE)
                          .build())
                  .streamWriteConstraints(
                      StreamWriteConstraints.builder().maxNestingDepth(Integer.MAX_VALUE).build())
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private StoredJson() {}

  /**
   * Returns the value. It need not be what a client would write: metadata may be a number.
   *
   * @throws tools.jackson.core.JacksonException if it is no JSON
   */
  public static JsonNode read(String json) {
    return MAPPER.readTree(json);
  }

  /**
   * Returns the JSON of a value that was read. Token by token, since it may be too deep to recur.
   */
  public static String text(JsonNode value) {
    var text = new StringWriter();
    try (JsonParser tokens = MAPPER.treeAsTokens(value);
        JsonGenerator generator = MAPPER.createGenerator(text)) {
      tokens.nextToken();
      generator.copyCurrentStructure(tokens);
    }
    return text.toString();
  }
}
