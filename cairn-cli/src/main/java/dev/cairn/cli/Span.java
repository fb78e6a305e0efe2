package dev.cairn.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a duration: days, hours, minutes and seconds, in this order, such as {@code 1d12h}. */
public final class Span implements ITypeConverter<Duration> {
  private static final Pattern FORM =
      Pattern.compile("(?=\\d)(\\d{1,9}d)?((\\d{1,9}h)?(\\d{1,9}m)?(\\d{1,9}s)?)");

  @Override
  public Duration convert(String text) {
    var matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'%s' is not a duration such as 90s, 15m, 2h or 1d12h".formatted(text));
    }
    String days = Objects.requireNonNullElse(matcher.group(1), "");
    String time = matcher.group(2);
    return Duration.parse("P" + days + (time.isEmpty() ? "" : "T" + time.toUpperCase(Locale.ROOT)));
  }
}
