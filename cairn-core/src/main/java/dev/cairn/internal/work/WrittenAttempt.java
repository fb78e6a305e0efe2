package dev.cairn.internal.work;

import dev.cairn.internal.store.FinishedAttempt;

/**
 * An attempt whose outcome is in the database, for the listeners.
 *
 * @param isCertain whether the statement that has written the outcome has said so. Otherwise, the
 *     answer was lost, and another client may have rescued the job instead
 */
record WrittenAttempt(FinishedAttempt attempt, boolean isCertain) {}
