package dev.cairn.kotlin

import dev.cairn.GenericType
import dev.cairn.TransactionBody
import dev.cairn.WorkContext
import dev.cairn.resumable.Cursor
import dev.cairn.resumable.StepFunction
import dev.cairn.resumable.Steps
import java.sql.Connection
import kotlin.time.Duration
import kotlin.time.toJavaDuration

/**
 * The steps of the current job.
 *
 * @throws IllegalStateException if the job is not worked by a Cairn client
 */
public val WorkContext.steps: Steps
    get() = Steps.of(this)

/**
 * Runs [body] unless an earlier attempt has finished this step, and returns its result, which later
 * attempts get from the database.
 *
 * Name the type: `steps.step<Quote>("quote") { api.quote(order) }`. Without it, Kotlin calls
 * [Steps.step], which remembers no result.
 *
 * @throws IllegalStateException if the remembered result is null: use [stepOrNull]
 * @throws dev.cairn.resumable.CheckpointMismatchException if the remembered result no longer fits
 *   [T]
 */
public inline fun <reified T : Any> Steps.step(name: String, noinline body: () -> T): T =
    present(name, remembered(name, object : GenericType<T>() {}, body))

/** Runs [body] like [step], but the result may be null. */
public inline fun <reified T : Any> Steps.stepOrNull(name: String, noinline body: () -> T?): T? =
    remembered(name, object : GenericType<T>() {}, body)

/**
 * Runs [body] in a transaction of its own and remembers the result. The same transaction records
 * that the step has finished. After a serialization failure or a deadlock, the transaction is run
 * again, up to ten times. Name the type, as for [step].
 *
 * @throws IllegalStateException if the remembered result is null: use [stepTxOrNull]
 */
public inline fun <reified T : Any> Steps.stepTx(
    name: String,
    noinline body: (Connection) -> T,
): T = present(name, rememberedTx(name, object : GenericType<T>() {}, body))

/** Runs [body] like [stepTx], but the result may be null. */
public inline fun <reified T : Any> Steps.stepTxOrNull(
    name: String,
    noinline body: (Connection) -> T?,
): T? = rememberedTx(name, object : GenericType<T>() {}, body)

/**
 * Runs [body] with a cursor whose position is kept across attempts, unless an earlier attempt has
 * finished this step: `steps.cursor<Long>("import", 0) { cursor -> ... }`.
 *
 * @param initial the position at which the first attempt starts
 * @throws dev.cairn.resumable.CheckpointMismatchException if the remembered position no longer fits
 *   [C]
 */
public inline fun <reified C : Any> Steps.cursor(
    name: String,
    initial: C,
    noinline body: (Cursor<C>) -> Unit,
) {
    cursor(name, object : GenericType<C>() {}, initial, body)
}

/**
 * Waits for a signal with a payload, without holding a thread or a slot.
 *
 * @param signal the name of the signal, 1 to 255 characters
 * @throws IllegalStateException if the signal has no payload
 */
public inline fun <reified T : Any> Steps.awaitSignal(name: String, signal: String): T =
    awaitSignal(name, signal, object : GenericType<T>() {})

/**
 * Waits for a signal like [awaitSignal], but at most for [timeout].
 *
 * @return the payload; null if the time has passed, or if the signal has no payload
 */
public inline fun <reified T : Any> Steps.awaitSignal(
    name: String,
    signal: String,
    timeout: Duration,
): T? = awaitSignal(name, signal, object : GenericType<T>() {}, timeout.toJavaDuration()).orElse(null)

/**
 * Waits for [time], without holding a thread or a slot: `steps.sleep("cool down", 10.minutes)`. The
 * time counts from the first attempt that reaches this step.
 */
public fun Steps.sleep(name: String, time: Duration) {
    sleep(name, time.toJavaDuration())
}

/**
 * Retries the next step within the attempt, with growing pauses.
 *
 * @param tries the maximum number of tries, including the first
 * @param firstPause the pause before the second try, at most a day. Later pauses double, up to a
 *   minute or the first pause
 * @throws IllegalArgumentException if the pause is negative or longer than a day
 */
public fun Steps.retrying(tries: Int, firstPause: Duration): Steps =
    retrying(tries, firstPause.toJavaDuration())

/** Limits the time of each try of the next step. When it has passed, the step is interrupted. */
public fun Steps.timeout(time: Duration): Steps = timeout(time.toJavaDuration())

/** Restarts the job from zero after a failure of type [E], or after a failure caused by one. */
public inline fun <reified E : Throwable> Steps.restartOn() {
    restartOn(E::class.java)
}

/** Discards the job at once after a failure of type [E], or after a failure caused by one. */
public inline fun <reified E : Throwable> Steps.giveUpOn() {
    giveUpOn(E::class.java)
}

@PublishedApi
internal fun <T : Any> Steps.remembered(name: String, type: GenericType<T>, body: () -> T?): T? =
    step<T?>(name, type, StepFunction { body() })

@PublishedApi
internal fun <T : Any> Steps.rememberedTx(
    name: String,
    type: GenericType<T>,
    body: (Connection) -> T?,
): T? = stepTx<T?>(name, type, TransactionBody { connection -> body(connection) })

@PublishedApi
internal fun <T : Any> present(name: String, result: T?): T =
    checkNotNull(result) {
        "the remembered result of step '$name' is null, which its type does not allow: use the " +
            "form that ends with OrNull"
    }
