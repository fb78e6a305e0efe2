package dev.cairn.internal.json;

import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.TreeMap;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads and writes JSON that PostgreSQL has stored, such as {@link dev.cairn.Job#metadata()},
 * including JSON of other programs. Jackson's default limits are meant for untrusted texts. Here, a
 * number of more than a thousand digits, or several hundred levels in the metadata, must not fail a
 * job; the database limits them anyway. Numbers keep all their digits.
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

  /** The order of names in jsonb: the shortest first, and those of one length by their bytes. */
  private static final Comparator<String> BY_NAME =
      Comparator.comparing(
          name -> name.getBytes(StandardCharsets.UTF_8),
          Comparator.<byte[]>comparingInt(bytes -> bytes.length)
              .thenComparing(Arrays::compareUnsigned));

  private StoredJson() {}

  /**
   * Returns the value. It may have another type than a client writes: for example, another program
   * may store a number as metadata.
   *
   * @throws tools.jackson.core.JacksonException if the text is not JSON
   */
  public static JsonNode read(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (NumberFormatException e) {
      // The number exceeds Jackson's own limits. PostgreSQL cannot store such a number.
      throw DatabindException.from((JsonParser) null, "a number exceeds its limits", e);
    }
  }

  /** A parser of JSON that PostgreSQL has stored, for those who want only a part of it. */
  static JsonParser parser(String json) {
    return MAPPER.createParser(json);
  }

  /**
   * Returns the JSON of a value that was read. It is written token by token, because the value may
   * be nested too deeply for recursion.
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

  /**
   * Returns a text as PostgreSQL returns it after storing it: with the names of each object in the
   * order of jsonb, and without exponents and negative zeros.
   *
   * @throws tools.jackson.core.JacksonException if the text is not JSON
   */
  public static String asStored(String json) {
    String stored = StoredNumbers.in(json);
    return stored.indexOf('{') < 0 ? stored : text(sorted(read(stored)));
  }

  private static JsonNode sorted(JsonNode value) {
    return switch (value) {
      case ObjectNode object -> {
        var byName = new TreeMap<String, JsonNode>(BY_NAME);
        object.forEachEntry((name, each) -> byName.put(name, sorted(each)));
        yield MAPPER.createObjectNode().setAll(byName);
      }
      case ArrayNode array -> {
        ArrayNode all = MAPPER.createArrayNode();
        array.forEach(each -> all.add(sorted(each)));
        yield all;
      }
      default -> value;
    };
  }
}
