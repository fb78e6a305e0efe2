package dev.cairn.testing;

import dev.cairn.Job;
import dev.cairn.UncountedFailureException;
import dev.cairn.spi.Checkpoint;
import dev.cairn.spi.Checkpoints.Saved;
import dev.cairn.spi.Quarantine;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that describes an attempt, except its arguments.
 *
 * @param createdAt when the job was inserted, the same in each of its attempts; null if each
 *     attempt belongs to a new job
 * @param resumption where the job continues, in River's keys
 * @param checkpoints the checkpoints of earlier attempts
 * @param quarantined the items that earlier attempts have put aside, by step
 */
record AttemptTemplate(
    ArgsKind kind,
    int attempt,
    int maxAttempts,
    int failures,
    String queue,
    List<String> tags,
    String metadata,
    @Nullable Instant createdAt,
    Resumption resumption,
    List<Checkpoint> checkpoints,
    Map<String, List<Quarantine.Item>> quarantined) {
  private static final int MAX_ATTEMPTS = 25;

  static AttemptTemplate of(ArgsKind kind) {
    return new AttemptTemplate(
        kind,
        1,
        MAX_ATTEMPTS,
        0,
        "default",
        List.of(),
        "{}",
        null,
        Resumption.NOWHERE,
        List.of(),
        Map.of());
  }

  AttemptTemplate {
    if (attempt < 1 || maxAttempts < 1) {
      throw new IllegalArgumentException(
          "attempts count from 1: attempt %d of %d".formatted(attempt, maxAttempts));
    }
    tags = List.copyOf(tags);
    checkpoints = List.copyOf(checkpoints);
    quarantined = Map.copyOf(quarantined);
  }

  /**
   * The job at the beginning of an attempt.
   *
   * @param begin when it begins
   */
  <A> Job<A> job(A args, Instant begin) {
    Instant now = begin.truncatedTo(ChronoUnit.MICROS);
    return new Job<>(
        1,
        kind.name(),
        args,
        attempt,
        maxAttempts,
        failures,
        1,
        queue,
        tags,
        resumption.into(metadata),
        createdAt == null ? now : createdAt,
        now,
        now);
  }

  Saved saved() {
    return new Saved(checkpoints, resumption.isSomewhere(), !quarantined.isEmpty());
  }

  /** The attempt that comes after one that has ended. */
  AttemptTemplate following(TestedAttempt<?> earlier) {
    Job<?> job = earlier.job();
    Throwable failure = earlier.failure().orElse(null);
    boolean counted =
        failure != null
            && Judgement.find(failure, UncountedFailureException.class) == null
            && !(failure instanceof Deaths.TooManyException);
    return new AttemptTemplate(
        kind,
        job.attempt() + (counted ? 1 : 0),
        job.maxAttempts(),
        job.failures() + (failure == null ? 0 : 1),
        job.queue(),
        job.tags(),
        Resumption.merged(
            Resumption.merged(job.metadata(), earlier.metadata()), Counts.after(earlier)),
        job.createdAt(),
        Resumption.NOWHERE,
        earlier.checkpoints(),
        earlier.quarantined());
  }

  /** Without the durations of the steps, which change even if the job does not. */
  AttemptTemplate withoutTimes() {
    return withCheckpoints(
        checkpoints.stream()
            .map(
                each -> new Checkpoint(each.name(), each.position(), each.finished(), each.value()))
            .toList());
  }

  AttemptTemplate withAttempt(int number) {
    return new AttemptTemplate(
        kind,
        number,
        maxAttempts,
        number - 1,
        queue,
        tags,
        metadata,
        createdAt,
        resumption,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withMaxAttempts(int attempts) {
    return new AttemptTemplate(
        kind,
        attempt,
        attempts,
        failures,
        queue,
        tags,
        metadata,
        createdAt,
        resumption,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withQueue(String name) {
    return new AttemptTemplate(
        kind,
        attempt,
        maxAttempts,
        failures,
        name,
        tags,
        metadata,
        createdAt,
        resumption,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withTags(List<String> labels) {
    return new AttemptTemplate(
        kind,
        attempt,
        maxAttempts,
        failures,
        queue,
        labels,
        metadata,
        createdAt,
        resumption,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withMetadata(String object) {
    return new AttemptTemplate(
        kind,
        attempt,
        maxAttempts,
        failures,
        queue,
        tags,
        object,
        createdAt,
        resumption,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withCreatedAt(Instant time) {
    return new AttemptTemplate(
        kind,
        attempt,
        maxAttempts,
        failures,
        queue,
        tags,
        metadata,
        time,
        resumption,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withResumption(Resumption other) {
    return new AttemptTemplate(
        kind,
        attempt,
        maxAttempts,
        failures,
        queue,
        tags,
        metadata,
        createdAt,
        other,
        checkpoints,
        quarantined);
  }

  AttemptTemplate withCheckpoints(List<Checkpoint> others) {
    return new AttemptTemplate(
        kind,
        attempt,
        maxAttempts,
        failures,
        queue,
        tags,
        metadata,
        createdAt,
        resumption,
        others,
        quarantined);
  }
}
