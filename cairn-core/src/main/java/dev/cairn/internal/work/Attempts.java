package dev.cairn.internal.work;

import dev.cairn.internal.claims.ClaimRegister;
import dev.cairn.internal.claims.HeldClaim;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attempts of a client that have begun and not ended. Thread-safe. */
record Attempts(ClaimRegister register) {
  List<Attempt> all() {
    return register.all().stream()
        .filter(held -> !held.hasEnded())
        .map(Attempts::attempt)
        .filter(Objects::nonNull)
        .toList();
  }

  /** Whether a thread runs the code of one of these attempts. */
  boolean haveThread(Thread thread) {
    return all().stream().anyMatch(attempt -> attempt.gate().threads().contains(thread));
  }

  /** Whether a claim is held that is not the one of any of these threads. */
  boolean areBeside(Set<Thread> threads) {
    return register.all().stream()
        .map(Attempts::attempt)
        .anyMatch(attempt ->
            attempt == null || attempt.gate().threads().stream().noneMatch(threads::contains));
  }

  private static @Nullable Attempt attempt(HeldClaim held) {
    return (Attempt) held.run().orElse(null);
  }
}
