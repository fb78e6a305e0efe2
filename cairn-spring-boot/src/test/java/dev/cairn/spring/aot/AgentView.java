package dev.cairn.spring.aot;

import dev.cairn.Cairn;
import dev.cairn.InsertResult;
import dev.cairn.JobState;
import dev.cairn.jobs.JobQuery;
import dev.cairn.spring.aot.Shop.Audit;
import dev.cairn.spring.aot.Shop.Item;
import dev.cairn.spring.aot.Shop.Payment;
import dev.cairn.spring.aot.Shop.Return;
import dev.cairn.spring.aot.Shop.Ship;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.springframework.aot.agent.RecordedInvocation;
import org.springframework.aot.agent.RecordedInvocationsPublisher;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs the application in a JVM with the agent of Spring that records reflection and resources, and
 * prints what concerns Cairn or the application: as known or as missing in the hints.
 */
final class AgentView {
  private static final String METADATA =
      "/META-INF/native-image/dev.cairn/cairn/reachability-metadata.json";

  private AgentView() {}

  public static void main(String[] args) throws Exception {
    RuntimeHints hints = HintsTest.hints();
    addMetadataOfCore(hints);
    var seen = new ConcurrentLinkedQueue<RecordedInvocation>();
    RecordedInvocationsPublisher.addListener(seen::add);
    var application = new SpringApplication(Shop.class);
    application.setWebApplicationType(WebApplicationType.NONE);
    try (var context = application.run(args)) {
      workEverything(context.getBean(Cairn.class));
    }
    seen.stream()
        .filter(each -> isOfInterest(each.toString()))
        .map(each -> (each.matches(hints) ? "KNOWN " : "MISSING ") + line(each))
        .distinct()
        .sorted()
        .forEach(System.out::println);
  }

  private static String line(RecordedInvocation invocation) {
    return invocation.toString().replaceAll("\\s+", " ");
  }

  private static boolean isOfInterest(String invocation) {
    return invocation.contains("dev.cairn") || invocation.contains("dev/cairn");
  }

  private static void addMetadataOfCore(RuntimeHints hints) throws IOException {
    try (var file = Objects.requireNonNull(Cairn.class.getResourceAsStream(METADATA))) {
      for (JsonNode each : JsonMapper.shared().readTree(file).path("reflection")) {
        hints
            .reflection()
            .registerType(
                TypeReference.of(each.path("type").asString()),
                MemberCategory.INVOKE_DECLARED_CONSTRUCTORS,
                MemberCategory.INVOKE_DECLARED_METHODS,
                MemberCategory.ACCESS_DECLARED_FIELDS);
      }
    }
  }

  private static void workEverything(Cairn client) {
    var payment = new Payment.Card("1");
    var inserted =
        List.of(
            client.insert(new Ship(1, List.of(new Item("tea", 2)), payment)),
            client.insert(new Return(Map.of("a", new Item[] {new Item("cup", 1)}))),
            client.insert(new Audit("agent")));
    for (InsertResult each : inserted) {
      await(client, each.id());
    }
    for (String kind : List.of("aot_mail", "aot_count", "aot_tick", "aot_start")) {
      var jobs =
          Awaitility.await()
              .atMost(Duration.ofMinutes(2))
              .until(
                  () -> client.jobs().list(JobQuery.all().withKinds(kind)).jobs(),
                  found -> !found.isEmpty());
      await(client, jobs.getFirst().id());
    }
  }

  private static void await(Cairn client, long id) {
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> client.jobs().find(id).orElseThrow().state() == JobState.COMPLETED);
  }
}
