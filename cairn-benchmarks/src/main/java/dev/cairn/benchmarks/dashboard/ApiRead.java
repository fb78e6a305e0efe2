package dev.cairn.benchmarks.dashboard;

import dev.cairn.dashboard.Dashboard;
import dev.cairn.dashboard.DashboardRequest;
import dev.cairn.dashboard.DashboardResponse;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A request of the dashboard's API.
 *
 * @param route the name of the route in the description of the API
 * @param body the body of the request; empty for GET
 */
record ApiRead(String route, String address, String body) {
  private static final Map<String, List<String>> HEADERS =
      Map.of(
          "Sec-Fetch-Site", List.of("same-origin"),
          "Content-Type", List.of("application/json"));

  static ApiRead get(String path, String query) {
    return new ApiRead("GET " + path, path + query, "");
  }

  static ApiRead post(String path, String body) {
    return new ApiRead("POST " + path, path, body);
  }

  ApiRead ofJob(long id) {
    return new ApiRead(route, address.replace("{id}", Long.toString(id)), body);
  }

  ApiRead ofQueue(String name) {
    return new ApiRead(route, address.replace("{name}", name), body);
  }

  /**
   * Every read of the API but the checks of health, with lists and searches of several kinds.
   *
   * @param running the id of a job with checkpoints
   */
  static List<ApiRead> all(long running) {
    var all = new ArrayList<ApiRead>();
    for (String path : List.of("session", "overview", "queues", "clients", "periodic")) {
      all.add(get("/api/" + path, ""));
    }
    for (String query :
        List.of(
            "",
            "?state=available",
            "?state=completed&order=time",
            "?order=time&dir=desc",
            "?state=discarded&queue=queue_1",
            "?kind=kind_3",
            "?kind=" + ManyJobs.RARE_KIND,
            "?tag=tag_3",
            "?tag=nobody",
            "?priority=2&state=running",
            "?sort=stalled",
            "?sort=crashes",
            "?sort=quarantined")) {
      all.add(get("/api/jobs", query));
    }
    all.add(
        post("/api/jobs/search", "{\"args\": \"{\\\"customer\\\": %d}\"}".formatted(customer())));
    all.add(post("/api/jobs/search", "{\"metadata\": \"{\\\"periodic\\\": true}\"}"));
    all.add(post("/api/jobs/search", "{\"args\": \"{}\", \"kind\": [\"kind_1\", \"kind_2\"]}"));
    all.add(get("/api/jobs/counts", ""));
    all.add(get("/api/jobs/counts", "?kind=kind_3"));
    all.add(
        post(
            "/api/jobs/acts/preview", "{\"verb\": \"retry\", \"filter\": {\"kind\": \"kind_3\"}}"));
    all.add(get("/api/kinds", "?prefix=kind"));
    all.add(get("/api/jobs/{id}", "").ofJob(running));
    for (String part : List.of("args", "metadata", "output", "log")) {
      all.add(get("/api/jobs/{id}/" + part, "").ofJob(running));
    }
    all.add(get("/api/quarantine", ""));
    all.add(get("/api/audit", ""));
    return all;
  }

  private static int customer() {
    return ManyJobs.CUSTOMER;
  }

  /** The name of the read, on one line. */
  String name() {
    String what = body.isEmpty() ? address : address + " " + body.replace("\\", "");
    return what.replaceAll("/jobs/\\d+", "/jobs/{id}");
  }

  /** Sends the request, and returns the text of the answer. */
  String ask(Dashboard dashboard) {
    String[] parts = address.split("\\?", 2);
    DashboardResponse answer =
        dashboard.answer(
            DashboardRequest.of(
                    body.isEmpty() ? "GET" : "POST",
                    parts[0],
                    parts.length > 1 ? parts[1] : null,
                    HEADERS)
                .withBody(new ByteArrayInputStream(body.getBytes(StandardCharsets.UTF_8))));
    if (answer.status() != 200 || !(answer.content() instanceof DashboardResponse.Whole whole)) {
      throw new IllegalStateException("%s answered %d".formatted(name(), answer.status()));
    }
    return new String(whole.bytes(), StandardCharsets.UTF_8);
  }
}
