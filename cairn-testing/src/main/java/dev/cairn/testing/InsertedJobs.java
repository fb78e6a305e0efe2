package dev.cairn.testing;

import dev.cairn.Cairn;
import dev.cairn.JobRow;
import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import dev.cairn.spi.JacksonCodec;
import dev.cairn.spi.JsonCodec;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Says which jobs should have been inserted, and asserts it. Narrow it, then end with {@link
 * #one()}, {@link #exactly}, {@link #none()} or {@link #inOrder}. A failure lists the existing
 * jobs, and how each differs. Immutable.
 *
 * <pre>{@code
 * cairn.inserted(SendEmail.class).withQueue("mail").withArgs(new SendEmail("ada", "Hi")).one();
 * }</pre>
 *
 * @param <A> the type of the arguments
 */
public final class InsertedJobs<A> {
  private static final Duration DATABASE_PRECISION = Duration.ofNanos(1_000);

  private final JobSource source;
  private final Class<A> argsType;
  private final JsonCodec codec;
  private final JobMark mark;
  private final List<JobCondition> conditions;

  private InsertedJobs(
      JobSource source,
      Class<A> argsType,
      JsonCodec codec,
      JobMark mark,
      List<JobCondition> conditions) {
    this.source = source;
    this.argsType = argsType;
    this.codec = codec;
    this.mark = mark;
    this.conditions = List.copyOf(conditions);
  }

  /**
   * All jobs of the client's schema, in any state, also those in a transaction that the test is in
   * and the client joins.
   */
  public static InsertedJobs<Object> of(Cairn client) {
    return new InsertedJobs<>(
        new JobSource(client.jobs(), null),
        Object.class,
        JacksonCodec.create(),
        JobMark.of(0),
        List.of());
  }

  /** Only jobs inserted later than this one. */
  public InsertedJobs<A> after(long id) {
    return after(JobMark.of(id));
  }

  /** Only jobs inserted later than this moment, even if the ids were restarted since. */
  public InsertedJobs<A> after(JobMark moment) {
    return new InsertedJobs<>(source, argsType, codec, moment, conditions);
  }

  /** The jobs that a transaction sees: committed jobs, and those that it has inserted itself. */
  public InsertedJobs<A> inTransaction(Connection connection) {
    return new InsertedJobs<>(
        new JobSource(source.jobs(), connection), argsType, codec, mark, conditions);
  }

  /** How arguments are read; {@link JacksonCodec#create()} unless set. */
  public InsertedJobs<A> withCodec(JsonCodec other) {
    return new InsertedJobs<>(source, argsType, other, mark, conditions);
  }

  /**
   * Only jobs with arguments of this type.
   *
   * @throws IllegalArgumentException if it names no kind of job
   */
  public <B> InsertedJobs<B> ofType(Class<B> type) {
    var narrowed = new InsertedJobs<>(source, type, codec, mark, conditions);
    String kind = ArgsKind.of(type).name();
    return narrowed.with(
        JobCondition.equal("kind", kind, JobRow::kind).narrowing(query -> query.withKinds(kind)));
  }

  /**
   * Only jobs with these arguments: equal ones, or ones with the same JSON.
   *
   * @throws IllegalArgumentException from the assertion, if there is no {@link #ofType} before
   */
  public InsertedJobs<A> withArgs(A wanted) {
    String json = codec.encode(wanted);
    return withArgs("args " + json, args -> args.equals(wanted) || codec.encode(args).equals(json));
  }

  /**
   * Only jobs whose arguments satisfy a condition.
   *
   * @param wish the condition in words, for the message
   */
  public InsertedJobs<A> withArgs(String wish, Predicate<? super A> condition) {
    return with(
        JobCondition.of(
            wish,
            (job, jobs) -> {
              // Of another kind: that is its difference already.
              if (!isOfType(job)) {
                return Optional.empty();
              }
              A args;
              try {
                args = codec.decode(job.args(), argsType);
              } catch (RuntimeException e) {
                return Optional.of("args do not decode: " + e.getMessage());
              }
              return condition.test(args) ? Optional.empty() : Optional.of("args are others");
            }));
  }

  private boolean isOfType(JobRow job) {
    if (argsType == Object.class) {
      throw new IllegalArgumentException("say ofType(...) before withArgs(...)");
    }
    return job.kind().equals(ArgsKind.of(argsType).name());
  }

  /** Only jobs of this queue. */
  public InsertedJobs<A> withQueue(String queue) {
    return with(JobCondition.equal("queue", queue, JobRow::queue));
  }

  /** Only jobs of this priority, 1 to 4. */
  public InsertedJobs<A> withPriority(int priority) {
    return with(JobCondition.equal("priority", priority, JobRow::priority));
  }

  /** Only jobs with this maximum number of attempts. */
  public InsertedJobs<A> withMaxAttempts(int attempts) {
    return with(JobCondition.equal("max attempts", attempts, JobRow::maxAttempts));
  }

  /** Only jobs due at this moment, to the microsecond that PostgreSQL keeps. */
  public InsertedJobs<A> withScheduledAt(Instant moment) {
    return with(
        JobCondition.of(
            "scheduled at",
            moment,
            JobRow::scheduledAt,
            actual -> Duration.between(moment, actual).abs().compareTo(DATABASE_PRECISION) < 0));
  }

  /** Only jobs with these tags and no others, in any order. */
  public InsertedJobs<A> withTags(String... tags) {
    return with(
        JobCondition.<Set<String>>equal(
            "tags", new TreeSet<>(List.of(tags)), job -> new TreeSet<>(job.tags())));
  }

  /**
   * Only jobs whose metadata contains this, as PostgreSQL's {@code @>} has it.
   *
   * @param object a JSON object
   */
  public InsertedJobs<A> withMetadata(String object) {
    JobQuery query = JobQuery.all().withMetadata(object).withoutContents();
    return with(
        JobCondition.of(
                "metadata containing " + object,
                (job, jobs) ->
                    jobs.all(query.withIds(Set.of(job.id()))).isEmpty()
                        ? Optional.of("metadata is " + job.metadata())
                        : Optional.empty())
            .narrowing(wanted -> wanted.withMetadata(object)));
  }

  /** Only jobs in this state. */
  public InsertedJobs<A> withState(JobState state) {
    return with(JobCondition.equal("state", state, JobRow::state));
  }

  private InsertedJobs<A> with(JobCondition condition) {
    List<JobCondition> more = new ArrayList<>(conditions);
    more.add(condition);
    return new InsertedJobs<>(source, argsType, codec, mark, more);
  }

  /** The matching jobs, in the order of their insertion. Asserts nothing. */
  public List<JobRow> all() {
    return matching(there());
  }

  /**
   * Asserts that there is exactly one.
   *
   * @throws AssertionError if there is none, or more than one
   */
  public JobRow one() {
    return exactly(1).getFirst();
  }

  /**
   * Asserts that there are none.
   *
   * @throws AssertionError if there are
   */
  public void none() {
    exactly(0);
  }

  /**
   * Asserts how many there are.
   *
   * @return them, in the order of their insertion
   * @throws AssertionError if there are more or fewer
   */
  public List<JobRow> exactly(int count) {
    List<JobRow> jobs = all();
    if (jobs.size() != count) {
      throw failure("%d inserted %s".formatted(count, count == 1 ? "job" : "jobs"), jobs.size());
    }
    return jobs;
  }

  /**
   * Asserts that exactly these jobs were inserted, in this order. A type may be given more than
   * once. Jobs of types that are not given are ignored.
   *
   * @return the jobs, in the order of their insertion
   * @throws AssertionError if the jobs or their order differ
   */
  public List<JobRow> inOrder(Class<?>... types) {
    List<String> wanted = Stream.of(types).map(type -> ArgsKind.of(type).name()).toList();
    List<JobRow> jobs =
        matching(there().withKinds(wanted.toArray(String[]::new))).stream()
            .filter(job -> wanted.contains(job.kind()))
            .toList();
    List<String> actual = jobs.stream().map(JobRow::kind).toList();
    if (!actual.equals(wanted)) {
      throw new AssertionError(
          "wanted inserted jobs%s of the kinds %s in this order, but there are %s%s"
              .formatted(
                  wishes(), wanted, actual, JobListing.of(source, there(), this::differences)));
    }
    return jobs;
  }

  private AssertionError failure(String what, int found) {
    return new AssertionError(
        "wanted %s%s, but there %s %s%s"
            .formatted(
                what,
                wishes(),
                found == 1 ? "is" : "are",
                found == 0 ? "none" : found,
                JobListing.of(source, there(), this::differences)));
  }

  private String wishes() {
    return conditions.isEmpty()
        ? ""
        : conditions.stream()
            .map(JobCondition::wish)
            .collect(Collectors.joining(", ", " with ", ""));
  }

  /** Asks only for jobs that may match: there may be very many others. */
  private List<JobRow> matching(JobQuery query) {
    JobQuery narrow = query;
    for (JobCondition condition : conditions) {
      narrow = condition.narrow(narrow);
    }
    return source.all(narrow).stream().filter(job -> differences(job).isEmpty()).toList();
  }

  private JobQuery there() {
    return mark.later(JobQuery.all());
  }

  private List<String> differences(JobRow job) {
    return conditions.stream().flatMap(each -> each.difference(job, source).stream()).toList();
  }
}
