package dev.cairn.kotlin

import dev.cairn.InsertOptions
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * Makes the job due some time after its insertion, by the database's clock:
 * `InsertOptions.defaults().withDelay(5.minutes)`. Replaces [InsertOptions.withScheduledAt].
 *
 * @throws IllegalArgumentException if [time] is not positive, or more than a hundred years
 */
public fun InsertOptions.withDelay(time: Duration): InsertOptions = withDelay(time.toJavaDuration())
