package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A session of a dashboard that a command has started. */
public final class BrowserSession implements AutoCloseable {
  private final HttpClient http = HttpClient.newHttpClient();
  private final URI link;
  private final String cookie;

  private BrowserSession(URI link, String cookie) {
    this.link = link;
    this.cookie = cookie;
  }

  /** Opens the link that the command has printed. */
  public static BrowserSession open(String link) throws IOException, InterruptedException {
    HttpResponse<String> answer = ask(link);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(303);
    return new BrowserSession(
        URI.create(link),
        answer.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0]);
  }

  /** How a link is answered. */
  public static int status(String link) throws IOException, InterruptedException {
    return ask(link).statusCode();
  }

  private static HttpResponse<String> ask(String link) throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create(link)).timeout(Duration.ofMinutes(1)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** The answer to a path, which must be a good one. */
  public String get(String path) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(link.resolve(path))
                .header("Cookie", cookie)
                .timeout(Duration.ofMinutes(1))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(path + answer.body()).isEqualTo(200);
    return answer.body();
  }

  /** The same as JSON. */
  public JsonNode json(String path) throws IOException, InterruptedException {
    return JsonMapper.shared().readTree(get(path));
  }

  /** Sends JSON as the page of the dashboard does, which must be accepted. */
  public void post(String path, String json) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(link.resolve(path))
                .header("Cookie", cookie)
                .header("Sec-Fetch-Site", "same-origin")
                .header("Content-Type", "application/json")
                .timeout(Duration.ofMinutes(1))
                .POST(HttpRequest.BodyPublishers.ofString(json))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(path + answer.body()).isEqualTo(200);
  }

  @Override
  public void close() {
    http.close();
  }
}
