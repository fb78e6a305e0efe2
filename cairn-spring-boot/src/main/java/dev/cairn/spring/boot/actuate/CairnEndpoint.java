package dev.cairn.spring.boot.actuate;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus;
import dev.cairn.jobs.ClientRow;
import dev.cairn.jobs.QueueRow;
import dev.cairn.jobs.Queues;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * The endpoint {@code cairn}: this client, the queues of the schema, and all clients on it. Queues
 * can be paused and resumed only with {@code management.endpoint.cairn.access=unrestricted}.
 */
@Endpoint(id = "cairn", defaultAccess = Access.READ_ONLY)
public final class CairnEndpoint {
  private final Cairn client;

  /** About this client and its schema. */
  public CairnEndpoint(Cairn client) {
    this.client = client;
  }

  /** What the endpoint answers. May get further components. */
  public record Overview(
      ClientStatus client,
      Optional<String> leader,
      List<QueueRow> queues,
      List<ClientRow> clients) {}

  /** What to do with a queue. May get further constants. */
  public enum Action {
    /** Stops all clients from claiming its jobs. */
    PAUSE,
    /** Lets them claim its jobs again. */
    RESUME
  }

  /** The client, its queues, and who else works them. */
  @ReadOperation
  public Overview overview() {
    return new Overview(client.status(), client.leader(), queues().list(), client.clients());
  }

  /** Outside of any transaction of the request: what is answered must be done. */
  private Queues queues() {
    return client.outside().queues();
  }

  /** One queue; null, which is answered with 404, if it is not known. */
  @ReadOperation
  public @Nullable QueueRow queue(@Selector String queue) {
    return queues().find(queue).orElse(null);
  }

  /** Pauses or resumes a queue; null, which is answered with 404, if it is not known. */
  @WriteOperation
  public @Nullable QueueRow change(@Selector String queue, Action action) {
    boolean known =
        switch (action) {
          case PAUSE -> queues().pause(queue);
          case RESUME -> queues().resume(queue);
        };
    return known ? queue(queue) : null;
  }
}
