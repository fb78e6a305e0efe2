package dev.cairn.migrate;

import java.time.Duration;

/**
 * One version that was applied or reverted, in a transaction of its own. May get further
 * components.
 *
 * @param duration how long its SQL ran; zero in a dry run
 * @param sql its SQL, with the schema filled in
 */
public record MigrationStep(
    MigrationLine line,
    int version,
    String name,
    MigrationDirection direction,
    Duration duration,
    String sql) {}
