package dev.cairn.kotlin

import dev.cairn.InsertOptions
import dev.cairn.Job
import dev.cairn.JobKind
import dev.cairn.JobState
import dev.cairn.WorkContext
import dev.cairn.resumable.Steps
import dev.cairn.testing.CairnExtension
import dev.cairn.testing.JobRunner
import dev.cairn.testing.TestClock
import java.io.IOException
import java.time.Duration
import java.time.Instant
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatIllegalArgumentException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.RegisterExtension

/** The functions of this module, through a client and its database. */
class ExtensionsTest {
    companion object {
        @JvmField @RegisterExtension val cairn = CairnExtension()
    }

    @JobKind("kotlin_trip") data class Trip(val stops: Int = 3, val guide: String? = null)

    data class Ticket(val seat: String, val gate: Int? = null)

    private val clock = TestClock.startingNow()
    private val seen = mutableListOf<Any?>()
    private var attempts = 0

    private fun runner(work: (Job<Trip>, Steps) -> Unit): JobRunner =
        cairn
            .runner(workers { worker<Trip> { job: Job<Trip>, context: WorkContext -> work(job, context.steps) } })
            .withClock(clock)

    /** Works the job until it ends or waits; a failed attempt is tried again. */
    private fun JobRunner.drainAll() {
        drain()
        clock.advance(Duration.ofSeconds(2))
        drain()
    }

    private fun failFirst() {
        if (attempts++ == 0) throw IOException("no signal in the tunnel")
    }

    private fun stateOf(id: Long) = cairn.client().jobs().find(id).orElseThrow().state()

    @Test
    fun aJobIsDueAfterADelay() {
        val job = cairn.client().insert(Trip(), InsertOptions.defaults().withDelay(5.minutes)).job()

        assertThat(Duration.between(job.createdAt(), job.scheduledAt()))
            .isBetween(Duration.ofMinutes(5), Duration.ofMinutes(6))
        assertThatIllegalArgumentException().isThrownBy {
            InsertOptions.defaults().withDelay(kotlin.time.Duration.INFINITE)
        }
    }

    @Test
    fun resultsComeBackInTheNextAttempt() {
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                seen += steps.step<Ticket>("ticket") { Ticket("12a", seen.size) }
                seen += steps.stepOrNull<Ticket>("upgrade") { null }
                seen += steps.stepOrNull<Ticket>("return") { Ticket("1b", 7) }
                seen += steps.step<Int>("price") { 40 + seen.size }
                failFirst()
            }
            .drainAll()

        val first = listOf(Ticket("12a", 0), null, Ticket("1b", 7), 43)
        assertThat(seen).isEqualTo(first + first)
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
    }

    @Test
    fun theMethodsOfJavaRememberANullToo() {
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                val upgrade: Ticket? = steps.step("upgrade", Ticket::class.java) { null }
                val seat: Ticket? = steps.stepTx("seat", Ticket::class.java) { connection -> null }
                val price: Int = steps.step("price", Int::class.javaObjectType) { 40 }
                seen.addAll(listOf(upgrade, seat, price))
                steps.stepTx("nothing") { _ -> }
                failFirst()
            }
            .drainAll()

        assertThat(seen).isEqualTo(listOf(null, null, 40, null, null, 40))
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
    }

    @Test
    fun aNullThatTheTypeDoesNotAllowIsNamed() {
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                if (attempts == 0) {
                    steps.stepOrNull<Ticket>("ticket") { null }
                    failFirst()
                }
                steps.step<Ticket>("ticket") { Ticket("12a") }
            }
            .drainAll()

        val errors = cairn.client().jobs().find(id).orElseThrow().errors()
        assertThat(errors.last().error()).contains("step 'ticket' is null", "OrNull")
    }

    @Test
    fun resultsKeepTheTypesOfTheirElements() {
        val id = cairn.client().insert(Trip()).id()
        val tickets = mutableListOf<List<Ticket>>()
        val seats = mutableListOf<Map<String, Ticket>>()
        val positions = mutableListOf<List<Ticket>>()
        val ranges = mutableListOf<Pair<Long, Instant>>()
        val noon = Instant.parse("2026-11-29T12:00:00.123456789Z")

        runner { _, steps ->
                tickets += steps.step<List<Ticket>>("tickets") { listOf(Ticket("12a"), Ticket("1b", 7)) }
                seats += steps.stepTx<Map<String, Ticket>>("seats") { connection ->
                    connection.createStatement().use { mapOf("Ada" to Ticket("12a")) }
                }
                ranges += steps.step<Pair<Long, Instant>>("range") { 7L to noon }
                steps.cursor<List<Ticket>>("walk", emptyList()) { cursor ->
                    positions += cursor.get()
                    cursor.advance(listOf(Ticket("12a")))
                    failFirst()
                }
            }
            .drainAll()

        assertThat(tickets).hasSize(2).containsOnly(listOf(Ticket("12a"), Ticket("1b", 7)))
        assertThat(seats).hasSize(2).containsOnly(mapOf("Ada" to Ticket("12a")))
        assertThat(ranges).containsExactly(7L to noon, 7L to noon)
        assertThat(positions).containsExactly(emptyList(), listOf(Ticket("12a")))
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
    }

    @Test
    fun rowsAndResultsOfATransactionAreThereOnce() {
        cairn.dataSource().connection.use { it.createStatement().execute("CREATE TABLE seats (seat text)") }
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                seen +=
                    steps.stepTx<Ticket>("book") { connection ->
                        connection.createStatement().execute("INSERT INTO seats VALUES ('12a')")
                        Ticket("12a")
                    }
                seen += steps.stepTxOrNull<Ticket>("wait") { null }
                steps.stepTx("plain") { connection ->
                    connection.createStatement().execute("INSERT INTO seats VALUES ('1b')")
                }
                failFirst()
            }
            .drainAll()

        assertThat(seen).containsExactly(Ticket("12a"), null, Ticket("12a"), null)
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
        cairn.dataSource().connection.use { connection ->
            val rows = connection.createStatement().executeQuery("SELECT count(*) FROM seats")
            rows.next()
            assertThat(rows.getInt(1)).isEqualTo(2)
        }
    }

    @Test
    fun aCursorContinuesWhereItStopped() {
        val id = cairn.client().insert(Trip(stops = 4)).id()

        runner { job, steps ->
                steps.cursor<Long>("stops", 0) { cursor ->
                    for (stop in cursor.get() until job.args().stops) {
                        if (stop == 2L) failFirst()
                        seen += stop
                        cursor.advance(stop + 1)
                    }
                }
            }
            .drainAll()

        assertThat(seen).containsExactly(0L, 1L, 2L, 3L)
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
    }

    /** A wait ends by the database's clock, so this test really waits, for a short time. */
    @Test
    fun aSignalArrivesOrItsTimePasses() {
        cairn.client().signal("ticket", Ticket("12a"))
        val id = cairn.client().insert(Trip()).id()

        cairn.start(
            workers {
                worker<Trip> { _, context ->
                    val ticket = context.steps.awaitSignal<Ticket>("ticket", "ticket")
                    val upgrade = context.steps.awaitSignal<Ticket>("upgrade", "upgrade", 1.milliseconds)
                    context.steps.sleep("rest", 1.milliseconds)
                    context.recordOutput(listOf(ticket, upgrade))
                }
            }
        )

        val job = cairn.awaitState(id, JobState.COMPLETED)
        assertThat(job.metadata()).contains("12a", "null]")
    }

    @Test
    fun aStepIsRetriedWithinTheAttempt() {
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                steps.retrying(2, 1.milliseconds).step("ride") { failFirst() }
                steps.timeout(1.minutes).step("walk") { seen += attempts }
            }
            .drain()

        assertThat(seen).containsExactly(2)
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
    }

    @Test
    fun aTypeOfFailureDiscardsTheJob() {
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                steps.giveUpOn<IOException>()
                steps.step("ride") { failFirst() }
            }
            .drain()

        assertThat(stateOf(id)).isEqualTo(JobState.DISCARDED)
    }

    @Test
    fun aTypeOfFailureRestartsTheJob() {
        val id = cairn.client().insert(Trip()).id()

        runner { _, steps ->
                steps.restartOn<IOException>()
                seen += steps.step<Int>("tickets") { attempts }
                failFirst()
            }
            .drainAll()

        assertThat(seen).containsExactly(0, 1)
        assertThat(stateOf(id)).isEqualTo(JobState.COMPLETED)
    }

    @Test
    fun insertedJobsAreFoundByTheirType() {
        cairn.client().insert(Trip(guide = "Ada"))

        val job = cairn.inserted<Trip>().withArgs(Trip(3, "Ada")).one()

        assertThat(job.kind()).isEqualTo("kotlin_trip")
    }

    @Test
    fun aKindHasOneWorker() {
        assertThatIllegalArgumentException()
            .isThrownBy {
                workers {
                    worker<Trip> { _, _ -> }
                    worker<Trip> { _, _ -> }
                }
            }
            .withMessageContaining("kotlin_trip")
    }
}
