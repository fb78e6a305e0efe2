package dev.cairn.kotlin

import dev.cairn.Job
import dev.cairn.WorkContext
import dev.cairn.Workers

/**
 * Builds the workers of a client:
 * ```kotlin
 * val workers = workers {
 *     register(InvoiceWorker(printer))
 *     worker<SendEmail> { job, context -> mailer.send(job.args()) }
 * }
 * ```
 *
 * @throws IllegalArgumentException if a kind has two workers, or arguments have no kind
 */
public fun workers(define: Workers.Builder.() -> Unit): Workers =
    Workers.builder().apply(define).build()

/**
 * Registers a lambda as the worker of the kind that [A] names. Use this instead of
 * [Workers.Builder.register] for lambdas, whose classes do not name the type.
 *
 * @throws IllegalArgumentException if [A] has no valid [dev.cairn.JobKind], or its kind already has
 *   a worker
 */
public inline fun <reified A : Any> Workers.Builder.worker(
    noinline work: (job: Job<A>, context: WorkContext) -> Unit
): Workers.Builder = register(A::class.java, work)
