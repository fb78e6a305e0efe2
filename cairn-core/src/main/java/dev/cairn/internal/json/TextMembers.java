package dev.cairn.internal.json;

import java.util.HashMap;
import java.util.Map;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.json.JsonMapper;

/**
 * Texts in the metadata of a job, such as the context of a trace. Any program that inserts jobs can
 * write anything there, so the size of what is read is limited.
 */
public final class TextMembers {
  private TextMembers() {}

  /** The texts as members of a JSON object, without its braces. */
  public static String of(Map<String, String> texts) {
    String object = JsonMapper.shared().writeValueAsString(texts);
    return object.substring(1, object.length() - 1);
  }

  /**
   * An object with further members in front. If two members have the same name, the object's own
   * member counts. Works on the text, so that no number changes. JSON that is not an object is
   * returned unchanged, and is refused later.
   *
   * @param object JSON, or null for an empty object
   */
  public static String with(@Nullable String object, String members) {
    if (object == null) {
      return "{" + members + "}";
    }
    String text = object.strip();
    if (!text.startsWith("{") || members.isEmpty()) {
      return object;
    }
    String rest = text.substring(1).stripLeading();
    return "{" + members + (rest.startsWith("}") ? "" : ",") + rest;
  }

  /**
   * The texts at the top level of an object.
   *
   * @param lengthMax the maximum number of characters of the text under a name; zero for names that
   *     are not read
   * @throws tools.jackson.core.JacksonException if the text is not JSON, or is nested too deeply
   */
  public static Map<String, String> read(String object, ToIntFunction<String> lengthMax) {
    var texts = new HashMap<String, String>();
    try (JsonParser parser = JsonMapper.shared().createParser(object)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return texts;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        boolean isText = parser.nextToken() == JsonToken.VALUE_STRING;
        if (isText && parser.getStringLength() <= lengthMax.applyAsInt(name)) {
          texts.put(name, parser.getString());
        } else {
          parser.skipChildren();
        }
      }
    }
    return texts;
  }
}
