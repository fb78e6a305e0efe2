package dev.cairn.internal.postgres;

import dev.cairn.internal.store.Claim;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters by which a statement names the claim it belongs to. */
final class Fence {
  private Fence() {}

  /** A new map with {@code id}, {@code attempted_at} and {@code client_id}, to add to. */
  static Map<String, @Nullable Object> of(Claim claim) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("id", claim.jobId());
    values.put("attempted_at", claim.attemptedAt());
    values.put("client_id", claim.clientId());
    return values;
  }
}
