package dev.cairn.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a dashboard as its page does, without a server between. */
final class TestPage {
  private static final JsonMapper MAPPER = JsonMapper.shared();

  private final Dashboard dashboard;

  TestPage(Dashboard dashboard) {
    this.dashboard = dashboard;
  }

  /** An answer. */
  record Answer(int status, Map<String, String> headers, String text) {
    JsonNode json() {
      return MAPPER.readTree(text);
    }

    String code() {
      return json().path("error").path("code").asString("");
    }

    /** This answer, which must be a good one. */
    Answer ok() {
      assertThat(status).as(text.substring(0, Math.min(text.length(), 500))).isEqualTo(200);
      return this;
    }
  }

  Answer get(String path) {
    return send("GET", path, Map.of("Sec-Fetch-Site", List.of("same-origin")), "");
  }

  Answer post(String path, String json) {
    return send(
        "POST",
        path,
        Map.of(
            "Sec-Fetch-Site", List.of("same-origin"),
            "Content-Type", List.of("application/json")),
        json);
  }

  Answer send(String method, String address, Map<String, List<String>> headers, String body) {
    String[] parts = address.split("\\?", 2);
    DashboardResponse response =
        dashboard.answer(
            DashboardRequest.of(method, parts[0], parts.length > 1 ? parts[1] : null, headers)
                .withBody(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))));
    return switch (response.content()) {
      case DashboardResponse.Whole whole ->
          new Answer(
              response.status(),
              new HashMap<>(response.headers()),
              new String(whole.bytes(), StandardCharsets.UTF_8));
      case DashboardResponse.Live live -> throw new AssertionError("a stream");
    };
  }

  /** Opens a live view. */
  DashboardResponse.Events stream(String address) {
    String[] parts = address.split("\\?", 2);
    DashboardResponse response =
        dashboard.answer(
            DashboardRequest.of(
                "GET",
                parts[0],
                parts.length > 1 ? parts[1] : null,
                Map.of("Accept", List.of("text/event-stream"))));
    assertThat(response.status()).isEqualTo(200);
    return ((DashboardResponse.Live) response.content()).events();
  }
}
