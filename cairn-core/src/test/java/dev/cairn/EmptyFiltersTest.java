package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.jobs.JobQuery;
import dev.cairn.jobs.JobQuery.Order;
import dev.cairn.jobs.Jobs;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A filter that names nothing matches no job: who deletes "these ids" deletes none if there are
 * none.
 */
class EmptyFiltersTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  private Jobs jobs;
  private long first;
  private long second;

  @JobKind("filtered")
  record Filtered() {}

  /** A query with one empty filter. */
  record Narrowed(String filter, JobQuery query) {
    @Override
    public String toString() {
      return filter;
    }
  }

  static List<Narrowed> emptyFilters() {
    JobQuery all = JobQuery.all();
    return List.of(
        new Narrowed("withIds", all.withIds(Set.of())),
        new Narrowed("withKinds", all.withKinds()),
        new Narrowed("withPriorities", all.withPriorities()),
        new Narrowed("withQueues", all.withQueues()),
        new Narrowed("withStates", all.withStates()),
        new Narrowed("withTagsAll", all.withTagsAll()),
        new Narrowed("withTagsAny", all.withTagsAny()));
  }

  @BeforeEach
  void insert() {
    Cairn client = clients.inserter();
    jobs = client.jobs();
    first = client.insert(new Filtered(), InsertOptions.defaults().withTags("a-tag")).id();
    second = client.insert(new Filtered(), InsertOptions.defaults().withTags("a-tag")).id();
  }

  @Test
  void everyFilterIsTried() {
    var filters = new TreeSet<String>();
    for (Method method : JobQuery.class.getDeclaredMethods()) {
      Class<?>[] types = method.getParameterTypes();
      if (method.getReturnType() == JobQuery.class
          && types.length == 1
          && (types[0].isArray() || types[0] == Set.class)) {
        filters.add(method.getName());
      }
    }

    assertThat(emptyFilters()).extracting(Narrowed::filter).containsExactlyElementsOf(filters);
  }

  @ParameterizedTest
  @MethodSource("emptyFilters")
  void anEmptyFilterMatchesNothing(Narrowed narrowed) {
    JobQuery query = narrowed.query();
    for (Order order : Order.values()) {
      for (JobQuery each :
          List.of(
              query.orderBy(order),
              query.orderBy(order).latestFirst(),
              query.orderBy(order).where("true OR true", Map.of()))) {
        assertThat(jobs.list(each).jobs()).isEmpty();
        assertThat(jobs.list(each).next()).isEmpty();
        assertThat(jobs.deleteMany(each)).isEmpty();
        assertThat(jobs.cancelMany(each)).isEmpty();
        assertThat(jobs.retryMany(each)).isEmpty();
      }
    }

    assertThat(jobs.list(JobQuery.all()).jobs())
        .extracting(JobRow::id)
        .containsExactly(first, second);
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotNarrowedMatchesAll(Order order) {
    database.execute(
        "UPDATE %s.river_job SET state = 'completed', finalized_at = now()"
            .formatted(database.schema()));

    assertThat(jobs.list(JobQuery.all().orderBy(order)).jobs()).hasSize(2);
    assertThat(JobQuery.all().ids()).isNull();
    assertThat(JobQuery.all().withIds(Set.of()).ids()).isEmpty();
  }

  @Test
  void whatIsNamedTwiceIsMeantOnce() {
    JobQuery twice =
        JobQuery.all()
            .withKinds("filtered", "filtered")
            .withQueues("default", "default")
            .withPriorities(1, 1)
            .withStates(JobState.AVAILABLE, JobState.AVAILABLE)
            .withTagsAll("a-tag", "a-tag")
            .withTagsAny("a-tag", "a-tag");

    assertThat(jobs.list(twice).jobs()).extracting(JobRow::id).containsExactly(first, second);
  }
}
