package dev.cairn.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Numbers in Go's form are the same numbers. */
class GoJsonTest {
  private static final int NUMBERS = 100_000;

  @Test
  void aDoubleStaysTheSameNumberInNoMoreDigits() {
    var random = new Random(20261126);
    for (int i = 0; i < NUMBERS; i++) {
      // Each exponent is as likely as any other, that of the smallest numbers included.
      double number = Double.longBitsToDouble(random.nextLong() >>> (i % 3 == 0 ? 52 : 0));
      if (!Double.isFinite(number)) {
        continue;
      }
      String text = GoJson.fraction(Double.toString(number));

      assertThat(Double.doubleToLongBits(Double.parseDouble(text)))
          .isEqualTo(Double.doubleToLongBits(number));
      assertThat(digits(text)).isLessThanOrEqualTo(digits(Double.toString(number)));
      assertThat(GoJson.fraction(text)).isEqualTo(text);
    }
  }

  private static int digits(String number) {
    return new BigDecimal(number).stripTrailingZeros().precision();
  }

  @Test
  void aDecimalKeepsAllItsDigits() {
    var random = new Random(20261126);
    for (int i = 0; i < NUMBERS; i++) {
      var number =
          new BigDecimal(
              new BigInteger(1 + random.nextInt(200), random), random.nextInt(400) - 200);
      String text = GoJson.fraction(number.toString());

      assertThat(new BigDecimal(text)).isEqualByComparingTo(number);
    }
  }
}
