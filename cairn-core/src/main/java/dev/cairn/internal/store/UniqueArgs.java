package dev.cairn.internal.store;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The text of arguments that River compares: the names of the object sorted, its values as Go
 * encodes them. Go writes some characters and fractions otherwise than Java does, and the texts
 * must be the same in both, so they are written here.
 */
final class UniqueArgs {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  /** Beyond these, Go writes fractions with an exponent. */
  private static final double PLAIN_MIN = 1e-6;

  private static final double PLAIN_MAX = 1e21;

  private UniqueArgs() {}

  /**
   * @param args an encoded object
   * @param fields the paths to keep; all if empty
   */
  static String of(String args, List<List<String>> fields) {
    JsonNode root = MAPPER.readTree(args);
    var text = new StringBuilder();
    if (fields.isEmpty()) {
      writeSorted(root, text);
    } else {
      writeTree(picked(root, fields), text);
    }
    return text.toString();
  }

  private static void writeSorted(JsonNode root, StringBuilder text) {
    var sorted = new TreeMap<String, JsonNode>();
    root.properties().forEach(property -> sorted.put(property.getKey(), property.getValue()));
    writeMembers(sorted.entrySet(), text);
  }

  /** The fields that are there, in the order of their dotted paths. */
  private static Map<String, Object> picked(JsonNode root, List<List<String>> fields) {
    var tree = new LinkedHashMap<String, Object>();
    fields.stream()
        .sorted((one, other) -> String.join(".", one).compareTo(String.join(".", other)))
        .forEach(path -> pick(root, path, tree));
    return tree;
  }

  @SuppressWarnings("unchecked") // inner nodes are maps of this method
  private static void pick(JsonNode node, List<String> path, Map<String, Object> into) {
    JsonNode value = node.get(path.getFirst());
    if (value == null) {
      return;
    }
    if (path.size() == 1) {
      into.put(path.getFirst(), value);
      return;
    }
    var inner = new LinkedHashMap<String, Object>();
    pick(value, path.subList(1, path.size()), inner);
    if (!inner.isEmpty()) {
      into.merge(
          path.getFirst(),
          inner,
          (earlier, later) -> {
            ((Map<String, Object>) earlier).putAll((Map<String, Object>) later);
            return earlier;
          });
    }
  }

  @SuppressWarnings("unchecked") // see pick
  private static void writeTree(Map<String, Object> tree, StringBuilder text) {
    text.append('{');
    tree.forEach((name, value) -> {
      separate(text, '{');
      writeText(name, text);
      text.append(':');
      if (value instanceof JsonNode node) {
        write(node, text);
      } else {
        writeTree((Map<String, Object>) value, text);
      }
    });
    text.append('}');
  }

  private static void write(JsonNode node, StringBuilder text) {
    if (node.isObject()) {
      writeMembers(node.properties(), text);
    } else if (node.isArray()) {
      text.append('[');
      node.forEach(element -> {
        separate(text, '[');
        write(element, text);
      });
      text.append(']');
    } else if (node.isString()) {
      writeText(node.stringValue(), text);
    } else if (node.isFloatingPointNumber()) {
      text.append(number(node.decimalValue()));
    } else {
      text.append(node);
    }
  }

  private static void writeMembers(
      Iterable<Map.Entry<String, JsonNode>> members, StringBuilder text) {
    text.append('{');
    members.forEach(member -> {
      separate(text, '{');
      writeText(member.getKey(), text);
      text.append(':');
      write(member.getValue(), text);
    });
    text.append('}');
  }

  private static void separate(StringBuilder text, char opening) {
    if (text.charAt(text.length() - 1) != opening) {
      text.append(',');
    }
  }

  /** As Go writes a float64; a number with more digits than that has is left as it is. */
  private static String number(BigDecimal value) {
    double rounded = value.doubleValue();
    if (Double.isInfinite(rounded)
        || new BigDecimal(Double.toString(rounded)).compareTo(value) != 0) {
      return value.toString();
    }
    double size = Math.abs(rounded);
    BigDecimal shortest = new BigDecimal(Double.toString(rounded)).stripTrailingZeros();
    if (size == 0 || (size >= PLAIN_MIN && size < PLAIN_MAX)) {
      return shortest.toPlainString();
    }
    String digits = shortest.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    return (rounded < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-%d" : "e+%d").formatted(Math.abs(exponent));
  }

  private static void writeText(@Nullable String value, StringBuilder text) {
    text.append('"');
    String.valueOf(value)
        .chars()
        .forEach(c -> {
          switch (c) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case '\b' -> text.append("\\b");
            case '\f' -> text.append("\\f");
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            default -> {
              if (c < ' ' || c == '<' || c == '>' || c == '&' || c == 0x2028 || c == 0x2029) {
                text.append("\\u%04x".formatted(c));
              } else {
                text.append((char) c);
              }
            }
          }
        });
    text.append('"');
  }
}
