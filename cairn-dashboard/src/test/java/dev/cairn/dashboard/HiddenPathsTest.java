package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.testing.CairnExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a path hides in an output or a cursor is hidden in the metadata that contain them. */
class HiddenPathsTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final Dashboard dashboard =
      Dashboard.builder(cairn.dataSource())
          .schema(cairn.schema())
          .access(request -> Grant.operator("ada"))
          .redaction(Redaction.usual().with("card.number", "customer.iban"))
          .build();
  private final TestPage page = new TestPage(dashboard);
  private final SampleJobs samples = new SampleJobs(cairn.dataSource(), cairn.schema());

  @BeforeEach
  void insert() throws Exception {
    samples.execute(
        """
        INSERT INTO {schema}.river_job (args, kind, max_attempts, state, metadata)
        VALUES ('{}', 'pay', 25, 'pending', '{
          "output": {"card": {"number": "4111", "name": "ada"}},
          "river:resumable_cursor": {"pay/all": {"customer": {"iban": "DE89", "id": 7}}}}')
        """);
  }

  @AfterEach
  void close() {
    dashboard.close();
  }

  private String text(String part) throws Exception {
    return page.get("/api/jobs/%d/%s".formatted(samples.newest("pending"), part))
        .ok()
        .json()
        .path("json")
        .asString();
  }

  @Test
  void theMetadataShowNoMoreThanTheOutputAndTheCursors() throws Exception {
    assertThat(text("output")).contains("ada").doesNotContain("4111");
    assertThat(text("metadata")).contains("ada", "\"id\"").doesNotContain("4111", "DE89");
  }

  @Test
  void nobodySearchesThereForWhatIsHidden() {
    for (String hidden :
        new String[] {
          "{\"output\":{\"card\":{\"number\":\"4111\"}}}",
          "{\"river:resumable_cursor\":{\"pay/all\":{\"customer\":{\"iban\":\"DE89\"}}}}"
        }) {
      String query = java.net.URLEncoder.encode(hidden, java.nio.charset.StandardCharsets.UTF_8);
      TestPage.Answer answer = page.get("/api/jobs?metadata=" + query);
      assertThat(answer.status()).as(answer.text()).isBetween(400, 403);
    }
  }
}
