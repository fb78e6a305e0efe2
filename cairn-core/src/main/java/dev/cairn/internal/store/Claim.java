package dev.cairn.internal.store;

import java.time.Instant;

/**
 * One client's hold on one job: the fence that every write of an attempt names (R5). The claim's
 * statement makes sure that {@code attemptedAt} grows with each claim of a job, even if the clock
 * goes back.
 *
 * @param attemptedAt as the claim has set it, also after {@link JobStore#renew} has changed the row
 */
public record Claim(long jobId, Instant attemptedAt, String clientId) {}
