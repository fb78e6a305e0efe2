package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A program that is newer than its tables says what they lack. */
class OlderSchemaTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  @Test
  void aMissingColumnOrTableIsNamedWithTheWayOut() throws Exception {
    var samples = new SampleJobs(cairn.dataSource(), cairn.schema());
    try (var dashboard =
        Dashboard.builder(cairn.dataSource())
            .schema(cairn.schema())
            .access(request -> Grant.operator("ada"))
            .build()) {
      var page = new TestPage(dashboard);
      samples.execute("ALTER TABLE {schema}.cairn_client RENAME COLUMN timeout TO patience");
      try {
        TestPage.Answer answer = page.get("/api/clients");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.json().path("error").path("message").asString())
            .isEqualTo(
                "Cairn's tables are missing in this schema, or of an older version (column client.timeout does not exist): run `./cairn migrate up --schema %s`."
                    .formatted(cairn.schema()));
      } finally {
        samples.execute("ALTER TABLE {schema}.cairn_client RENAME COLUMN patience TO timeout");
      }
      assertThat(page.get("/api/clients").status()).isEqualTo(200);
    }
  }
}
