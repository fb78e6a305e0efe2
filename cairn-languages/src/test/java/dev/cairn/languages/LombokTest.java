package dev.cairn.languages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.cairn.spi.JacksonCodec;
import dev.cairn.testing.JobTester;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of types that Lombok completes come back equal, or are refused. */
class LombokTest {
  private static final Instant AT = Instant.parse("2026-11-26T09:00:00.123456789Z");

  private final JacksonCodec codec = JacksonCodec.create();

  private static LombokTypes.Mail mail() {
    var mail = new LombokTypes.Mail();
    mail.setTo("ada@example.org");
    mail.setAt(AT);
    mail.setUrgent(true);
    return mail;
  }

  static Stream<Object> kept() {
    return Stream.of(
        new LombokTypes.Order(
            7, "gift", new BigDecimal("19.95"), List.of(new LombokTypes.Line("lamp", 2))),
        new LombokTypes.Line("lamp", 2),
        new LombokTypes.Ticket("A7"),
        mail(),
        new LombokTypes.Position(AT, 3),
        LombokTypes.ImportCatalog.builder().catalog("spring").tag("a").tag("b").build(),
        LombokTypes.ImportCatalog.builder().catalog("spring").batch(5).build(),
        LombokTypes.Derived.builder().name("lamp").size(3).build());
  }

  @ParameterizedTest
  @MethodSource("kept")
  void aCursorOrResultComesBackEqual(Object value) {
    codec.requireExact(value.getClass());
    String json = codec.encodeExactly(value, value.getClass());

    assertThat(codec.decodeExactly(json, value.getClass())).isEqualTo(value);
  }

  @ParameterizedTest
  @MethodSource("kept")
  void anArgumentComesBackEqual(Object value) {
    codec.requireArguments(value.getClass());

    assertThat((Object) codec.decode(codec.encode(value), value.getClass())).isEqualTo(value);
  }

  static Stream<Object> refused() {
    return Stream.of(
        LombokTypes.UnreadBuilder.builder().name("lamp").size(3).build(),
        new LombokTypes.Fluent().name("lamp"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void whatWouldNotComeBackIsRefused(Object value) {
    assertThatIllegalArgumentException().isThrownBy(() -> codec.encode(value));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> codec.encodeExactly(value, value.getClass()));
  }

  @Test
  void aMarkOnAFieldCounts() {
    var order = new LombokTypes.Order(7, "gift", BigDecimal.ONE, List.of());
    codec.requireUnique(LombokTypes.Order.class);

    assertThat(codec.encodeUnique(order)).isEqualTo("{\"number\":7}");
    assertThat(codec.encodeUnique(order.withNote("none"))).isEqualTo("{\"number\":7}");
  }

  @Test
  void aFieldThatAnEarlierJobLacksHasTheDefaultOfItsBuilder() {
    assertThat(codec.decode("{\"catalog\": \"spring\"}", LombokTypes.ImportCatalog.class))
        .isEqualTo(LombokTypes.ImportCatalog.builder().catalog("spring").build());
  }

  @Test
  void aWorkerGetsItsArgumentsAndItsPosition() {
    var stopped =
        JobTester.of(
                LombokTypes.Ticket.class,
                (job, context) ->
                    dev.cairn.resumable.Steps.of(context)
                        .cursor(
                            "rows",
                            LombokTypes.Position.class,
                            new LombokTypes.Position(AT, 0),
                            cursor -> {
                              context.setMetadata("began_at", cursor.get());
                              cursor.advance(
                                  new LombokTypes.Position(AT, cursor.get().getId() + 1));
                            }))
            .work(new LombokTypes.Ticket("A7"))
            .requireCompleted();

    assertThat(stopped.metadata("began_at", LombokTypes.Position.class))
        .contains(new LombokTypes.Position(AT, 0));
  }
}
