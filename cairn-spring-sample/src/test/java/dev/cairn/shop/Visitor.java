package dev.cairn.shop;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A visitor who calls a shop by HTTP. */
record Visitor(int port) {
  /** How long a visitor waits on a busy machine. */
  static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private static final Pattern ID = Pattern.compile("\"id\":(\\d+)");

  /** A catalog with this many products, one piece of each, named {@code product 1} and so on. */
  static String catalog(int products) {
    return IntStream.rangeClosed(1, products)
        .mapToObj("product %d,100,1%n"::formatted)
        .collect(Collectors.joining("", "name,cents,stock\n", ""));
  }

  long upload(String catalog) throws IOException, InterruptedException {
    return id(send(uploading(BodyPublishers.ofString(catalog))), 202);
  }

  HttpRequest uploading(BodyPublisher catalog) {
    return as("ben", "/catalogs").header("Content-Type", "text/csv").POST(catalog).build();
  }

  long order(long product) throws IOException, InterruptedException {
    return id(send(ordering(product)), 201);
  }

  HttpRequest ordering(long product) {
    return json(as("ada", "/orders"), "{\"product\": %d, \"pieces\": 1}".formatted(product));
  }

  HttpRequest json(HttpRequest.Builder request, String body) {
    return request
        .header("Content-Type", "application/json")
        .POST(BodyPublishers.ofString(body))
        .build();
  }

  HttpResponse<String> get(String user, String path) throws IOException, InterruptedException {
    return send(as(user, path).GET().build());
  }

  /** The lines of a stream of events. */
  HttpResponse<Stream<String>> follow(String user, String path)
      throws IOException, InterruptedException {
    return HTTP.send(
        as(user, path).header("Accept", "text/event-stream").GET().build(), BodyHandlers.ofLines());
  }

  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return HTTP.send(request, BodyHandlers.ofString());
  }

  HttpRequest.Builder as(String user, String path) {
    return anonymous(path).header("Authorization", login(user));
  }

  HttpRequest.Builder anonymous(String path) {
    return HttpRequest.newBuilder(address(path)).timeout(PATIENCE);
  }

  URI address(String path) {
    return URI.create("http://127.0.0.1:%d%s".formatted(port, path));
  }

  static String login(String user) {
    byte[] text = (user + ":shop").getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(text);
  }

  void awaitImported(long catalog) {
    await("the import of catalog " + catalog)
        .atMost(PATIENCE)
        .ignoreExceptionsInstanceOf(IOException.class)
        .until(() -> get("ben", "/catalogs/" + catalog).body().contains("\"complete\":true"));
  }

  /** Waits until the shop accepts no more requests: it has begun to stop, and its jobs with it. */
  void awaitClosed() {
    await("the shop to close its door").atMost(PATIENCE).until(this::isClosed);
  }

  private boolean isClosed() throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return !socket.isConnected();
    } catch (ConnectException e) {
      return true;
    }
  }

  static long id(HttpResponse<String> response, int status) {
    if (response.statusCode() != status) {
      throw new AssertionError("%d: %s".formatted(response.statusCode(), response.body()));
    }
    return id(response.body());
  }

  static long id(String body) {
    Matcher id = ID.matcher(body);
    if (!id.find()) {
      throw new AssertionError("no id in " + body);
    }
    return Long.parseLong(id.group(1));
  }
}
