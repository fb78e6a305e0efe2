package dev.cairn.internal.store;

import java.time.Instant;

/**
 * One client's hold on one job: the fence that every write of an attempt names (R5). The claim's
 * statement ensures that {@code attemptedAt} grows with each claim of a job, even if the clock goes
 * back.
 *
 * @param attemptedAt the value that the claim has set, even after {@link JobStore#renew} has
 *     changed the row
 */
public record Claim(long jobId, Instant attemptedAt, String clientId) {}
