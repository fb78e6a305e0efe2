package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.spi.JacksonCodec;
import org.junit.jupiter.api.Test;

/**
 * Spring Boot decides which Jackson an application has. It is often an older one than that of
 * Cairn's own build. The tests of this module run with Spring Boot's.
 */
class JacksonOfBootTest {
  sealed interface Shape permits Circle, Square {}

  record Circle(int radius) implements Shape {}

  record Square(int side) implements Shape {}

  record Drawing(Shape shape) {}

  @Test
  void valuesOfSealedTypesAreKept() {
    JacksonCodec codec = JacksonCodec.create();

    String json = codec.encodeExactly(new Drawing(new Circle(1)), Drawing.class);

    assertThat(json).contains("\"@type\":\"Circle\"");
    assertThat(codec.decodeExactly(json, Drawing.class)).isEqualTo(new Drawing(new Circle(1)));
  }
}
