package dev.cairn.kotlin

import dev.cairn.Job
import dev.cairn.WorkContext
import dev.cairn.testing.CairnExtension
import dev.cairn.testing.InsertedJobs
import dev.cairn.testing.JobTester

/** The jobs with arguments of type [A] that the test has inserted: `inserted<SendEmail>().one()`. */
public inline fun <reified A : Any> CairnExtension.inserted(): InsertedJobs<A> =
    inserted(A::class.java)

/** A tester that works jobs of one kind in memory, with a lambda as their worker. */
public inline fun <reified A : Any> jobTester(
    noinline work: (job: Job<A>, context: WorkContext) -> Unit
): JobTester<A> = JobTester.of(A::class.java, work)
