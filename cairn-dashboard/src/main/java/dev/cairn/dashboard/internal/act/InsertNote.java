package dev.cairn.dashboard.internal.act;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Who has inserted a job and why, as the first operation in the metadata of the job. */
final class InsertNote {
  private static final String KEY = "cairn:operations";

  private InsertNote() {}

  static String of(Instant at, String by, @Nullable String detail, @Nullable String reason) {
    ObjectNode metadata = JsonMapper.shared().createObjectNode();
    ObjectNode note =
        metadata
            .putArray(KEY)
            .addObject()
            .put("at", at.toString())
            .put("verb", "insert")
            .put("by", by);
    if (detail != null) {
      note.put("detail", detail);
    }
    if (reason != null) {
      note.put("reason", reason);
    }
    return metadata.toString();
  }
}
