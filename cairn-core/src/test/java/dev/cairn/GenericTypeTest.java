package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GenericTypeTest {
  @Test
  void hasTheTypeOfItsDeclaration() {
    var type = new GenericType<Map<String, List<? extends Number>>>() {};

    assertThat(type)
        .hasToString("java.util.Map<java.lang.String, java.util.List<? extends java.lang.Number>>");
    assertThat(type.type().getTypeName()).isEqualTo(type.toString());
    assertThat(new GenericType<String>() {}.type()).isEqualTo(String.class);
    assertThat(new GenericType<List<String>[]>() {})
        .hasToString("java.util.List<java.lang.String>[]");
  }

  @Test
  void isEqualToAnotherOfTheSameType() {
    var one = new GenericType<List<String>>() {};
    var same = new GenericType<List<String>>() {};

    assertThat(one).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(one).isNotEqualTo(new GenericType<List<Integer>>() {});
  }

  @Test
  @SuppressWarnings("rawtypes") // what a user may write
  void refusesADeclarationWithoutAType() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GenericType() {})
        .withMessageContaining("names no type: write new GenericType<List<Quote>>() {}");
  }

  @Test
  void refusesAnInheritedDeclaration() {
    class Names extends GenericType<List<String>> {}

    assertThat(new Names()).hasToString("java.util.List<java.lang.String>");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Names() {})
        .withMessageContaining("names no type");
  }

  private static <E> GenericType<List<E>> listOfUnknown() {
    return new GenericType<>() {};
  }

  private static <E> GenericType<Map<String, ? super E[]>> hidden() {
    return new GenericType<>() {};
  }

  @SuppressWarnings({"ClassCanBeStatic", "UnusedTypeParameter"}) // as a user's class may be
  private static final class Outer<E> {
    final class Inner {}

    private GenericType<List<Inner>> inner() {
      return new GenericType<>() {};
    }
  }

  @Test
  void refusesATypeVariableOfTheSurroundingClass() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Outer<String>().inner())
        .withMessageContaining("has a type variable");
  }

  @Test
  void refusesATypeVariable() {
    assertThatIllegalArgumentException()
        .isThrownBy(GenericTypeTest::listOfUnknown)
        .withMessageContaining("java.util.List<E> has a type variable");
    assertThatIllegalArgumentException()
        .isThrownBy(GenericTypeTest::hidden)
        .withMessageContaining("has a type variable");
  }
}
