package dev.cairn.kotlin

import com.zaxxer.hikari.HikariDataSource
import dev.cairn.Cairn
import dev.cairn.Job
import dev.cairn.JobKind
import dev.cairn.JobState
import dev.cairn.WorkContext
import dev.cairn.Worker
import dev.cairn.resumable.Steps
import dev.cairn.spring.CairnPeriodic
import dev.cairn.spring.CairnWorker
import dev.cairn.spring.boot.CairnAutoConfiguration
import dev.cairn.testing.CairnExtension
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.RegisterExtension
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.ValueSource
import org.springframework.boot.autoconfigure.AutoConfigurations
import org.springframework.boot.test.context.runner.ApplicationContextRunner

/** Workers in Kotlin that are beans of Spring. */
class SpringWorkersTest {
    companion object {
        @JvmField @RegisterExtension val cairn = CairnExtension()
    }

    @JobKind("kotlin_letter")
    data class Letter(val to: String, val copies: Int = 1)

    @JobKind("kotlin_parcel")
    data class Parcel(val to: String?)

    class Letters {
        val sent = mutableListOf<String>()

        @CairnWorker(queue = "letters")
        fun send(letter: Letter, steps: Steps) {
            val text = steps.step<String>("text") { "for ${letter.to}" }
            repeat(letter.copies) { sent += text }
        }
    }

    class Parcels(private val letters: Letters) : Worker<Parcel> {
        override fun work(job: Job<Parcel>, context: WorkContext) {
            letters.sent += "parcel for ${job.args().to}"
        }
    }

    class Suspending {
        @Suppress("unused", "UNUSED_PARAMETER")
        @CairnWorker
        suspend fun send(letter: Letter) {
        }
    }

    class SuspendingPeriodic {
        @Suppress("unused")
        @CairnPeriodic(every = "1h")
        suspend fun due() = Letter("Ada")
    }

    private val application =
        ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(CairnAutoConfiguration::class.java))
            .withBean(HikariDataSource::class.java, {
                HikariDataSource().apply {
                    dataSource = cairn.dataSource()
                    minimumIdle = 0
                }
            })

    @Test
    fun aFunctionAndAClassWorkJobs() {
        application.withBean(Letters::class.java).withBean(Parcels::class.java).run { context ->
            val client = context.getBean(Cairn::class.java)
            cairn.awaitState(client.insert(Letter("Ada", copies = 2)).id(), JobState.COMPLETED)
            cairn.awaitState(client.insert(Parcel(null)).id(), JobState.COMPLETED)

            assertThat(context.getBean(Letters::class.java).sent)
                .containsExactly("for Ada", "for Ada", "parcel for null")
        }
    }

    @ParameterizedTest
    @ValueSource(classes = [Suspending::class, SuspendingPeriodic::class])
    fun aSuspendFunctionIsRefusedForWhatItIs(type: Class<*>) {
        application.withBean(type).run { context ->
            assertThat(context.startupFailure)
                .rootCause()
                .hasMessageContaining(type.name)
                .hasMessageContaining("suspend function")
                .hasMessageContaining("runBlocking")
                .hasMessageContaining("[CAIRN-701]")
        }
    }
}
