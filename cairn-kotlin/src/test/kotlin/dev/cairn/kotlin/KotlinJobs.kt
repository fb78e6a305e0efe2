package dev.cairn.kotlin

import dev.cairn.Cairn
import dev.cairn.InsertDefaults
import dev.cairn.InsertOptions
import dev.cairn.Job
import dev.cairn.JobKind
import dev.cairn.Unique
import dev.cairn.UniqueOptions
import dev.cairn.WorkContext
import dev.cairn.Worker
import java.math.BigDecimal
import java.time.Instant
import java.util.UUID
import javax.sql.DataSource
import kotlin.time.Duration.Companion.days

// docs: kotlin.md
@JobKind("kotlin_invoice")
data class SendInvoice(
    val order: UUID,
    val lines: List<Line>,
    val payment: Payment = Payment.Cash,
    val note: String? = null,
)

data class Line(val sku: Sku, val price: Cents, val discount: Cents? = null)

@JvmInline
value class Sku(val code: String)

@JvmInline
value class Cents(val amount: Long)

sealed interface Payment {
    data class Card(val last: String, val at: Instant) : Payment

    data class Transfer(val iban: String, val amount: BigDecimal?) : Payment

    data object Cash : Payment
}
// end docs

data class Receipt(val number: Long, val payment: Payment, val remark: String? = null)

data class Approval(val by: String, val remark: String? = null)

data class Position(val at: Instant, val line: Int)

// docs: kotlin.md
class InvoiceWorker(private val printer: Printer) : Worker<SendInvoice> {
    override fun work(job: Job<SendInvoice>, context: WorkContext) {
        val steps = context.steps
        val receipt = steps.step<Receipt>("receipt") { printer.receipt(job.args()) }
        steps.cursor<Int>("lines", 0) { cursor ->
            for (done in cursor.get() until job.args().lines.size) {
                printer.line(receipt, job.args().lines[done])
                cursor.advance(done + 1)
            }
        }
    }
}

fun client(dataSource: DataSource, printer: Printer): Cairn {
    val workers = workers {
        register(InvoiceWorker(printer))
        worker<MonthlyReport> { job, context ->
            val approval = context.steps.awaitSignal<Approval>("approval", "month", 3.days)
            context.steps.step("print") { printer.report(job.args(), approval?.by) }
        }
    }
    return Cairn.builder(dataSource).workers(workers).queue("default", 10).build()
}
// end docs

interface Printer {
    fun receipt(invoice: SendInvoice): Receipt

    fun line(receipt: Receipt, line: Line)

    fun report(report: MonthlyReport, approvedBy: String?)
}

// docs: kotlin.md
@JobKind("kotlin_report")
data class MonthlyReport(@Unique val customer: Long, val requestedAt: Instant) : InsertDefaults {
    override fun insertDefaults(): InsertOptions =
        InsertOptions.defaults().withUnique(UniqueOptions.byKind().withArgs())
}
// end docs

/** The type in earlier code. */
@JobKind("kotlin_greeting")
data class EarlierGreeting(val name: String)

/** The type in later code, with fields that jobs of earlier code lack. */
@JobKind("kotlin_greeting")
data class Greeting(val name: String, val language: String = "mi", val title: String?)

/** A class that is not a data class and has no `equals` of its own. */
class Counter(val name: String, var count: Int = 0)

/** A class with a private property, whose value cannot be read back. */
@JobKind("kotlin_secret")
class Secret(private val code: String) {
    fun length() = code.length
}
