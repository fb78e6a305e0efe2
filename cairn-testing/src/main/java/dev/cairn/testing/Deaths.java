package dev.cairn.testing;

import dev.cairn.CairnException;
import dev.cairn.InterruptionReason;
import dev.cairn.Job;
import dev.cairn.internal.json.MetadataKeys;
import dev.cairn.internal.json.StoredJson;
import dev.cairn.spi.Checkpoint;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * How often in a row the process of a job has died without progress, as a client counts it in the
 * metadata of the job.
 */
final class Deaths {
  private Deaths() {}

  /** The job was discarded, because its process has died as often as it has attempts. */
  static final class TooManyException extends CairnException {
    private static final long serialVersionUID = 1L;

    TooManyException(String message) {
      super(message);
    }
  }

  /**
   * What a death means for a job.
   *
   * @param left the checkpoints that the dead process has left
   */
  static AttemptOutcome outcome(Job<?> job, List<Checkpoint> left) {
    int deaths = withOneMore(job.metadata(), left);
    return deaths < job.maxAttempts()
        ? new AttemptOutcome.Interrupted(InterruptionReason.LEASE_LOST)
        : new AttemptOutcome.Failed(tooMany(job, deaths), true, Optional.empty());
  }

  private static TooManyException tooMany(Job<?> job, int deaths) {
    return new TooManyException(
        ("job %d (%s): a client discards it after as many deaths of its process in a row, without"
                + " progress between them, as it has attempts. Deaths: %d. Attempts: %d. Allow more"
                + " attempts [CAIRN-817]")
            .formatted(job.id(), job.kind(), deaths, job.maxAttempts()));
  }

  /** The note of a death, as JSON. */
  static String note(String metadata, List<Checkpoint> left) {
    return "{\"count\":%d,\"at\":\"%s\"}".formatted(withOneMore(metadata, left), stand(left));
  }

  private static int withOneMore(String metadata, List<Checkpoint> left) {
    if (!metadata.contains(MetadataKeys.DEATHS)) {
      return 1;
    }
    JsonNode noted = StoredJson.read(metadata).path(MetadataKeys.DEATHS);
    boolean stands = noted.isObject() && noted.path("at").asString("").equals(stand(left));
    return stands ? noted.path("count").asInt(0) + 1 : 1;
  }

  /** The same as long as the job has not progressed. Notes about its steps are no progress. */
  private static String stand(List<Checkpoint> left) {
    String all =
        left.stream()
            .filter(each -> !each.name().contains("/" + MetadataKeys.OWN_PREFIX))
            .sorted(Comparator.comparing(Checkpoint::name))
            .map(each -> "%s %s %s".formatted(each.name(), each.finished(), each.value()))
            .collect(Collectors.joining("\n"));
    return all.isEmpty()
        ? ""
        : UUID.nameUUIDFromBytes(all.getBytes(StandardCharsets.UTF_8)).toString();
  }
}
