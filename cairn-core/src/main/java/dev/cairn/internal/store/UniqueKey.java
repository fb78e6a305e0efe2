package dev.cairn.internal.store;

import dev.cairn.JobState;
import dev.cairn.UniqueOptions;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The key that duplicates share, exactly as River computes it.
 *
 * @param hex SHA-256 of River's text
 * @param states the states in which an earlier job counts, as River's bit string
 */
public record UniqueKey(String hex, String states) {
  private static final Instant GO_ZERO_TIME =
      LocalDateTime.of(1, 1, 1, 0, 0).toInstant(ZoneOffset.UTC);

  /** The states from the highest bit to the lowest. */
  private static final List<JobState> BITS =
      List.of(
          JobState.SCHEDULED,
          JobState.RUNNING,
          JobState.RETRYABLE,
          JobState.PENDING,
          JobState.DISCARDED,
          JobState.COMPLETED,
          JobState.CANCELLED,
          JobState.AVAILABLE);

  /**
   * The key of one job.
   *
   * @param args returns River's text of the arguments; called only if they count
   * @param due when the job is due. River before 0.48 uses the time of insertion instead
   */
  public static UniqueKey of(
      UniqueOptions options, String kind, String queue, Supplier<String> args, Instant due) {
    return whenDue(options, kind, queue, args).apply(due);
  }

  /**
   * The key of one job, by the time at which it is due.
   *
   * @param args returns River's text of the arguments; called at once, and only if they count
   */
  public static Function<Instant, UniqueKey> whenDue(
      UniqueOptions options, String kind, String queue, Supplier<String> args) {
    var text = new StringBuilder();
    if (!options.excludesKind()) {
      text.append("&kind=").append(kind);
    }
    if (options.byArgs()) {
      text.append("&args=").append(args.get());
    }
    String beforePeriod = text.toString();
    String afterPeriod = options.byQueue() ? "&queue=" + queue : "";
    Duration period = options.period();
    return due ->
        new UniqueKey(
            sha256(
                beforePeriod
                    + (period == null ? "" : "&period=" + periodBegin(due, period))
                    + afterPeriod),
            bits(options.states()));
  }

  private static String periodBegin(Instant due, Duration period) {
    Duration sinceZero = Duration.between(GO_ZERO_TIME, due);
    Instant begin = GO_ZERO_TIME.plus(period.multipliedBy(sinceZero.dividedBy(period)));
    return DateTimeFormatter.ISO_INSTANT.format(begin.truncatedTo(ChronoUnit.SECONDS));
  }

  static String bits(Set<JobState> states) {
    var bits = new StringBuilder();
    BITS.forEach(state -> bits.append(states.contains(state) ? '1' : '0'));
    return bits.toString();
  }

  private static String sha256(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
