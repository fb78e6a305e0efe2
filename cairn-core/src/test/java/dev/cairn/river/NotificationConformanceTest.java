package dev.cairn.river;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.Cairn;
import dev.cairn.InsertOptions;
import dev.cairn.JobKind;
import dev.cairn.JobState;
import dev.cairn.TestClients;
import dev.cairn.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What is said on River's channels is what River says there. */
class NotificationConformanceTest {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @JobKind("mode")
  record Mode(String mode) {}

  private record Heard(String channel, JsonNode payload) {}

  @Test
  void everyNotificationOfTheFixturesIsSaidInTheSameWords() throws SQLException {
    Cairn client =
        clients.start(
            Mode.class,
            (job, context) -> {},
            builder -> builder.clientId("fixture_client").queue("other", 1));
    await().until(() -> client.queues().find("other").isPresent());
    await()
        .until(() ->
            database.number("SELECT count(*) FROM %s.river_leader".formatted(database.schema()))
                == 1);
    List<Heard> heard;
    try (Connection ear = database.dataSource().getConnection()) {
      listen(ear);
      long id = client.insert(new Mode("ok")).id();
      clients.await(id, JobState.COMPLETED);
      InsertOptions later =
          InsertOptions.defaults().withScheduledAt(Instant.now().plusSeconds(3_600));
      client.jobs().cancel(client.insert(new Mode("later"), later).id());
      client.queues().pause("other");
      client.queues().pauseAll();
      client.queues().resumeAll();
      client.queues().update("other", "{\"note\":\"x\"}");
      client.stop();
      heard = heard(ear);
    }

    for (JsonNode fixture : RiverFixtures.notifications()) {
      String channel = fixture.get("Channel").stringValue();
      assertThat(heard)
          .contains(
              new Heard(
                  channel.substring(channel.indexOf('.')),
                  comparable(MAPPER.readTree(fixture.get("Payload").stringValue()))));
    }
  }

  private static void listen(Connection ear) throws SQLException {
    try (var statement = ear.createStatement()) {
      for (String suffix : List.of("river_insert", "river_control", "river_leadership")) {
        statement.execute("LISTEN \"%s.%s\"".formatted(database.schema(), suffix));
      }
    }
  }

  private static List<Heard> heard(Connection ear) throws SQLException {
    var heard = new ArrayList<Heard>();
    PGNotification[] notifications = ear.unwrap(PGConnection.class).getNotifications(1_000);
    for (PGNotification notification : notifications) {
      String channel = notification.getName();
      heard.add(
          new Heard(
              channel.substring(channel.indexOf('.')),
              comparable(MAPPER.readTree(notification.getParameter()))));
    }
    try (var statement = ear.createStatement()) {
      statement.execute("UNLISTEN *");
    }
    return heard;
  }

  /** The ids of jobs differ from run to run. */
  private static JsonNode comparable(JsonNode payload) {
    var copy = (ObjectNode) payload.deepCopy();
    if (copy.has("job_id")) {
      copy.put("job_id", 0);
    }
    return copy;
  }
}
