package dev.cairn.benchmarks.dashboard;

import dev.cairn.dashboard.Dashboard;
import java.util.List;
import java.util.function.LongFunction;
import tools.jackson.databind.json.JsonMapper;

/**
 * A request of the dashboard's API that changes something.
 *
 * @param name what it does, in words
 * @param request the request that acts on this job, or on others
 */
record ApiAct(String name, LongFunction<ApiRead> request) {
  private static final String QUEUE = "queue_1";

  /** As many as one request changes; for more, the page sends several. */
  private static final int MANY = 500;

  /**
   * Acts that leave the table as they found it if they are done in this order: what one changes,
   * the next changes back. Only the new jobs stay.
   */
  static List<ApiAct> inTurn() {
    return List.of(
        one("retry"),
        one("cancel"),
        many("cancel", "available"),
        many("retry", "cancelled"),
        queue("pauseQueue"),
        queue("resumeQueue"),
        new ApiAct(
            "insert a job",
            id ->
                ApiRead.post(
                    "/api/jobs",
                    """
                    {"kind": "kind_1", "args": "{\\"customer\\": 1}", "reason": "bench"}\
                    """)));
  }

  private static ApiAct one(String verb) {
    return new ApiAct(
        verb + " a job",
        id ->
            ApiRead.post(
                    "/api/jobs/{id}/acts",
                    "{\"verb\": \"%s\", \"reason\": \"bench\"}".formatted(verb))
                .ofJob(id));
  }

  private static ApiAct many(String verb, String state) {
    return new ApiAct(
        "%s %,d %s jobs by a search".formatted(verb, MANY, state),
        id ->
            ApiRead.post(
                "/api/jobs/acts",
                """
                {"verb": "%s", "filter": {"state": ["%s"], "queue": ["%s"]}, "most": %d,
                "reason": "bench"}\
                """
                    .formatted(verb, state, QUEUE, MANY)));
  }

  private static ApiAct queue(String verb) {
    return new ApiAct(
        verb.replace("Queue", " a queue"),
        id ->
            ApiRead.post(
                    "/api/queues/{name}/acts",
                    "{\"verb\": \"%s\", \"reason\": \"bench\"}".formatted(verb))
                .ofQueue(QUEUE));
  }

  /** Acts, and returns how many jobs the answer says were changed; 1 if it is about one thing. */
  int act(Dashboard dashboard, long job) {
    String answer = request.apply(job).ask(dashboard);
    return JsonMapper.shared().readTree(answer).path("changed").asInt(1);
  }
}
