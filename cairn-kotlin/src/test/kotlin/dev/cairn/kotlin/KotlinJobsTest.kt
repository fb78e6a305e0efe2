package dev.cairn.kotlin

import dev.cairn.Cairn
import dev.cairn.JobState
import dev.cairn.testing.CairnExtension
import dev.cairn.testing.TestClock
import java.sql.SQLException
import java.time.Duration
import java.time.Instant
import java.util.UUID
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatIllegalArgumentException
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.extension.RegisterExtension

/** Jobs written in Kotlin, through a real client. */
class KotlinJobsTest {
    companion object {
        @JvmField @RegisterExtension val cairn = CairnExtension()
    }

    private val at = Instant.parse("2026-11-26T09:00:00.123456789Z")

    /** Fails once, with a checked exception that nobody declares. */
    private inner class JammedPrinter : Printer {
        val printed = mutableListOf<Any>()
        private var jammed = false

        override fun receipt(invoice: SendInvoice): Receipt {
            printed += invoice
            return Receipt(7, invoice.payment)
        }

        override fun line(receipt: Receipt, line: Line) {
            if (printed.size == 2 && !jammed) {
                jammed = true
                throw SQLException("out of paper")
            }
            printed += receipt to line
        }

        override fun report(report: MonthlyReport, approvedBy: String?) {
            printed += report to approvedBy
        }
    }

    @Test
    fun argumentsResultsAndCursorsComeBackInTheNextAttempt() {
        val lines = listOf(Line(Sku("lamp"), Cents(1995)), Line(Sku("bulb"), Cents(250), Cents(5)))
        val invoice = SendInvoice(UUID(1, 2), lines, Payment.Card("4711", at))
        val printer = JammedPrinter()
        val clock = TestClock.startingNow()
        val workers = workers { register(InvoiceWorker(printer)) }
        val id = cairn.client().insert(invoice).id()
        val runner = cairn.runner(workers).withClock(clock)

        runner.drain()
        clock.advance(Duration.ofSeconds(2))
        runner.drain()

        val receipt = Receipt(7, invoice.payment)
        assertThat(printer.printed).containsExactly(invoice, receipt to lines[0], receipt to lines[1])
        val job = cairn.client().jobs().find(id).orElseThrow()
        assertThat(job.state()).isEqualTo(JobState.COMPLETED)
        assertThat(job.errors()).singleElement().satisfies({ assertThat(it.error()).contains("out of paper") })
    }

    @Test
    fun aMarkedPropertyMakesJobsUnique() {
        val first = cairn.client().insert(MonthlyReport(7, at))

        assertThat(cairn.client().insert(MonthlyReport(7, at.plusSeconds(9))).isDuplicate).isTrue()
        assertThat(cairn.client().insert(MonthlyReport(8, at)).id()).isNotEqualTo(first.id())
    }

    @Test
    fun aWorkerWhoseArgumentsCouldNeverArriveIsRefusedWithItsClient() {
        val workers = workers { worker<Secret> { _, _ -> } }

        assertThatIllegalArgumentException()
            .isThrownBy { Cairn.builder(cairn.dataSource()).workers(workers).build().insert(Secret("1")) }
            .withMessageContaining("code")
    }
}
