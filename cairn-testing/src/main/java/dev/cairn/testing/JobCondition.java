package dev.cairn.testing;

import dev.cairn.JobRow;
import dev.cairn.jobs.JobQuery;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** One condition that a job must satisfy. */
interface JobCondition {
  /** In words, such as {@code queue 'mail'}. */
  String wish();

  /** How the job differs, such as {@code queue is 'default'}; empty if it is as wanted. */
  Optional<String> difference(JobRow job, JobSource source);

  /** The same query, without jobs that the database can tell to differ. */
  default JobQuery narrow(JobQuery query) {
    return query;
  }

  /** The same condition, which lets the database leave out jobs. */
  default JobCondition narrowing(UnaryOperator<JobQuery> narrow) {
    JobCondition same = this;
    return new JobCondition() {
      @Override
      public String wish() {
        return same.wish();
      }

      @Override
      public Optional<String> difference(JobRow job, JobSource source) {
        return same.difference(job, source);
      }

      @Override
      public JobQuery narrow(JobQuery query) {
        return narrow.apply(query);
      }
    };
  }

  /** That a property is as wanted, in words that name it. */
  static <T> JobCondition of(
      String property, T wanted, Function<JobRow, T> actual, Predicate<T> accepted) {
    return of(
        property + " " + quoted(wanted),
        (job, source) -> {
          T value = actual.apply(job);
          return accepted.test(value)
              ? Optional.empty()
              : Optional.of("%s is %s".formatted(property, quoted(value)));
        });
  }

  /** That a property is equal to the wanted one. */
  static <T> JobCondition equal(String property, T wanted, Function<JobRow, T> actual) {
    return of(property, wanted, actual, wanted::equals);
  }

  /** A condition with a difference of its own. */
  static JobCondition of(String wish, Difference difference) {
    return new JobCondition() {
      @Override
      public String wish() {
        return wish;
      }

      @Override
      public Optional<String> difference(JobRow job, JobSource source) {
        return difference.of(job, source);
      }
    };
  }

  /** See {@link JobCondition#difference}. */
  @FunctionalInterface
  interface Difference {
    /** Empty if the job is as wanted. */
    Optional<String> of(JobRow job, JobSource source);
  }

  private static String quoted(Object value) {
    return value instanceof String ? "'" + value + "'" : String.valueOf(value);
  }
}
