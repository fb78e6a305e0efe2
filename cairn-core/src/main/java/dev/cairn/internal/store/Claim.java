package dev.cairn.internal.store;

import java.time.Instant;

/**
 * One client's claim on one job. Every write of an attempt names its claim, so that writes of
 * earlier claims are refused (R5). The statement that claims jobs ensures that {@code attemptedAt}
 * grows with each claim of a job, even if the clock goes back.
 *
 * @param attemptedAt the value that the claim has set, even after {@link JobStore#renew} has
 *     changed the row
 */
public record Claim(long jobId, Instant attemptedAt, String clientId) {}
