package dev.cairn.internal.json;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
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
   * Whether an object has a member of such a name at its top level, whatever its value. What is not
   * JSON has none, and is refused later.
   *
   * @param object JSON, or null for an empty object
   */
  public static boolean hasMember(@Nullable String object, Predicate<String> isName) {
    if (object == null || object.length() <= 2) {
      return false;
    }
    try (JsonParser parser = StoredJson.parser(object)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return false;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        if (isName.test(parser.currentName())) {
          return true;
        }
        parser.nextToken();
        parser.skipChildren();
      }
      return false;
    } catch (JacksonException e) {
      return false;
    }
  }

  /**
   * The texts at the top level of an object.
   *
   * @param object valid JSON, as the database returns it
   * @param lengthMax the maximum number of characters of the text under a name; zero for names that
   *     are not read
   * @throws tools.jackson.core.JacksonException if the text has an escape, and is not JSON
   */
  public static Map<String, String> read(String object, ToIntFunction<String> lengthMax) {
    // Called for each traced attempt: setting up a parser takes longer than scanning the text.
    return object.indexOf('\\') < 0 ? scanned(object, lengthMax) : parsed(object, lengthMax);
  }

  /** Without an escape, each quote begins or ends a text. */
  private static Map<String, String> scanned(String object, ToIntFunction<String> lengthMax) {
    var texts = new HashMap<String, String>();
    int depth = 0;
    String name = null;
    for (int at = 0; at < object.length(); at++) {
      switch (object.charAt(at)) {
        case '{' -> depth++;
        case '[' -> {
          if (depth++ == 0) {
            return texts;
          }
        }
        case '}', ']' -> depth--;
        case ',' -> name = depth == 1 ? null : name;
        case '"' -> {
          int begin = at + 1;
          at = endOfText(object, begin);
          if (depth == 1 && name == null) {
            name = object.substring(begin, at);
          } else if (depth == 1 && isRead(at - begin, lengthMax.applyAsInt(name))) {
            texts.put(name, object.substring(begin, at));
          }
        }
        default -> {}
      }
    }
    return texts;
  }

  private static boolean isRead(int length, int lengthMax) {
    return lengthMax > 0 && length <= lengthMax;
  }

  private static int endOfText(String object, int begin) {
    int end = object.indexOf('"', begin);
    return end < 0 ? object.length() : end;
  }

  private static Map<String, String> parsed(String object, ToIntFunction<String> lengthMax) {
    var texts = new HashMap<String, String>();
    try (JsonParser parser = StoredJson.parser(object)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return texts;
      }
      while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        boolean isText = parser.nextToken() == JsonToken.VALUE_STRING;
        if (isText && isRead(parser.getStringLength(), lengthMax.applyAsInt(name))) {
          texts.put(name, parser.getString());
        } else {
          parser.skipChildren();
        }
      }
    }
    return texts;
  }
}
