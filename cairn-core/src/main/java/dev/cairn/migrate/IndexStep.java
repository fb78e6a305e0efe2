package dev.cairn.migrate;

import java.time.Duration;

/**
 * One index that was dropped or built, outside of any transaction. May get further components.
 *
 * @param index its name
 * @param sql its statement, with the schema filled in
 * @param duration how long the statement ran; zero if it was only planned
 */
public record IndexStep(String index, String sql, Duration duration) {}
