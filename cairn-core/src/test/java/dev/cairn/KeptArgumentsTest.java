package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Timestamp;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Arguments arrive as they were inserted, or are not inserted. */
class KeptArgumentsTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  sealed interface Target permits Mail, Phone {}

  record Mail(String address) implements Target {}

  record Phone(long number) implements Target {}

  @JobKind("remind")
  record Remind(ZonedDateTime at, Timestamp seen, Target target, List<Target> others) {}

  @JobKind("generic")
  record Generic<T>(T value) {}

  @JobKind("no_creator")
  static final class NoCreator {
    private final String text;

    NoCreator(String text, int ignored) {
      this.text = text;
    }

    public String getText() {
      return text;
    }
  }

  @JobKind("open")
  record Open(List<Comparable<?>> values) {}

  @Test
  void zonesMicrosecondsAndSealedTypesArrive() {
    var reminder =
        new Remind(
            ZonedDateTime.parse("2026-10-25T02:30:00.123456789+01:00[Europe/Berlin]"),
            Timestamp.from(Instant.parse("2026-03-01T02:03:04.123456Z")),
            new Mail("ada@example.org"),
            List.of(new Phone(7)));
    var worked = new AtomicReference<Remind>();
    Cairn client = clients.start(Remind.class, (job, context) -> worked.set(job.args()));

    long id = client.insert(reminder).id();

    clients.await(id, JobState.COMPLETED);
    assertThat(worked).hasValue(reminder);
  }

  @Test
  void aWorkerWhoseArgumentsCouldNeverArriveIsRefusedWithItsClient() {
    assertThatThrownBy(() -> clients.start(NoCreator.class, (job, context) -> {}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "kind 'no_creator'", NoCreator.class.getName(), "make it a record");
    assertThatThrownBy(() -> clients.start(Open.class, (job, context) -> {}))
        .hasMessageContainingAll("kind 'open'", "field 'values[]'", "@JsonTypeInfo");
  }

  @Test
  void argumentsThatWouldArriveAsOthersAreNotInserted() {
    Cairn inserter = clients.inserter();

    assertThatThrownBy(() -> inserter.insert(new Generic<>(Instant.EPOCH)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(
            "kind 'generic'", "field 'value'", "java.time.Instant", "java.lang.String");
    assertThatThrownBy(() -> inserter.insert(new Generic<>(Map.of("a", 5L))))
        .hasMessageContainingAll("field 'value.a'", "java.lang.Long", "java.lang.Integer");
    assertThatThrownBy(() -> inserter.insert(new NoCreator("x", 1)))
        .hasMessageContainingAll("kind 'no_creator'", "make it a record");
    assertThat(inserter.insert(new Generic<>("text")).isDuplicate()).isFalse();
  }
}
