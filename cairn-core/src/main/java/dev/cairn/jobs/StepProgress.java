package dev.cairn.jobs;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One step of a resumable job, as last saved. May get further components.
 *
 * @param name its path: the names of the steps around it, and its own
 * @param position its place among the top-level steps, from 1; 0 if a River client has saved it and
 *     the job has not reached it since; null for a nested step
 * @param finished whether it is finished
 * @param running whether a running attempt is in it
 * @param attempt the attempt that finished it, or wrote it last; null if unknown
 * @param startedAt when it was first started; null if unknown
 * @param spent the time spent in it over all attempts, without the time between them; until now if
 *     it is running
 * @param savedAt when it was last saved
 * @param done how much of it is done, in units that its code chooses; null if its code does not
 *     report it
 * @param total how much there is to do; null if its code does not report it
 * @param value the position of its cursor while it is unfinished, as JSON
 * @param valueBytes the size of {@code value}, or of its stored result, in bytes of JSON
 */
public record StepProgress(
    String name,
    @Nullable Integer position,
    boolean finished,
    boolean running,
    @Nullable Integer attempt,
    @Nullable Instant startedAt,
    Duration spent,
    Instant savedAt,
    @Nullable Long done,
    @Nullable Long total,
    @Nullable String value,
    int valueBytes) {}
