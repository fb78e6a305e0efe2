package dev.cairn.opentelemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.AttributeKey;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/tracing.md names each attribute and event that there is, and no other. */
class TracingPageTest {
  private static final Pattern NAME = Pattern.compile("`((?:messaging|error|cairn)\\.[a-z_.]+)`");

  @Test
  void thePageNamesEveryAttributeAndEvent() throws Exception {
    String page = Files.readString(Path.of("../docs/tracing.md"));
    int tables = page.indexOf("## Attributes");
    var named = new TreeSet<String>();
    NAME.matcher(page.substring(tables, page.indexOf("## With Micrometer", tables)))
        .results()
        .forEach(name -> named.add(name.group(1)));

    assertThat(named).isEqualTo(names());
  }

  private static Set<String> names() throws IllegalAccessException {
    var names = new TreeSet<String>();
    for (Field field : TraceNames.class.getDeclaredFields()) {
      if (Modifier.isStatic(field.getModifiers()) && !field.isSynthetic()) {
        Object name = field.get(null);
        names.add(name instanceof AttributeKey<?> key ? key.getKey() : (String) name);
      }
    }
    return names;
  }
}
