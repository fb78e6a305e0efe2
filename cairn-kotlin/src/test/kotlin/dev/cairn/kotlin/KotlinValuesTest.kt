package dev.cairn.kotlin

import dev.cairn.spi.JacksonCodec
import java.math.BigDecimal
import java.time.Instant
import java.util.UUID
import kotlin.time.Duration.Companion.minutes
import org.assertj.core.api.Assertions.assertThat
import org.assertj.core.api.Assertions.assertThatIllegalArgumentException
import org.assertj.core.api.Assertions.assertThatThrownBy
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import tools.jackson.databind.json.JsonMapper

/** Values of Kotlin's types are equal after they are read back, or they are refused. */
class KotlinValuesTest {
    private val codec = JacksonCodec.create()
    private val at = Instant.parse("2026-11-26T09:00:00.123456789Z")

    private val kept: List<Any> =
        listOf(
            SendInvoice(UUID(1, 2), emptyList()),
            SendInvoice(UUID(1, 2), listOf(Line(Sku("lamp"), Cents(1995))), Payment.Card("4711", at), "gift"),
            Line(Sku("lamp"), Cents(1995), Cents(5)),
            Receipt(7, Payment.Transfer("NZ1", BigDecimal("1.10")), null),
            Receipt(7, Payment.Transfer("NZ1", null), "late"),
            Payment.Card("4711", at),
            Payment.Cash,
            Position(at, 3),
            Sku("lamp"),
            Cents(Long.MAX_VALUE),
            "a" to 1,
            1..3,
            1u,
            ULong.MAX_VALUE,
            kotlin.time.Instant.fromEpochSeconds(3, 5),
            Unit,
        )

    @TestFactory
    fun aCursorOrResultComesBackEqual(): List<DynamicTest> =
        kept.map { value ->
            dynamicTest(value.toString()) {
                val type = value.javaClass
                codec.requireExact(type)
                assertThat(codec.decodeExactly(codec.encodeExactly(value, type), type)).isEqualTo(value)
            }
        }

    @TestFactory
    fun anArgumentComesBackEqual(): List<DynamicTest> =
        kept.map { value ->
            dynamicTest(value.toString()) {
                codec.requireArguments(value.javaClass)
                assertThat(codec.decode(codec.encode(value), value.javaClass)).isEqualTo(value)
            }
        }

    @Test
    fun aClassWithoutEqualsComesBackWithItsFields() {
        val back = codec.decode(codec.encode(Counter("files", 3)), Counter::class.java)

        assertThat(back).usingRecursiveComparison().isEqualTo(Counter("files", 3))
    }

    @TestFactory
    fun whatWouldComeBackAsAnotherValueIsRefused(): List<DynamicTest> =
        listOf(Secret("1234"), 5.minutes, Triple(1, "a", 2L), "a".toRegex(), sequenceOf(1)).map { value ->
            dynamicTest(value.javaClass.name) {
                assertThatIllegalArgumentException().isThrownBy { codec.encode(value) }
                assertThatIllegalArgumentException().isThrownBy { codec.encodeExactly(value, value.javaClass) }
            }
        }

    @Test
    fun fieldsThatEarlierCodeDidNotHaveAreTheirDefaultsOrNull() {
        val earlier = codec.encode(EarlierGreeting("Ada"))

        assertThat(codec.decode(earlier, Greeting::class.java)).isEqualTo(Greeting("Ada", "mi", null))
        assertThat(codec.decodeExactly(earlier, Greeting::class.java)).isEqualTo(Greeting("Ada", "mi", null))
    }

    @Test
    fun aFieldThatTheCodeNoLongerHasIsIgnoredInArgumentsOnly() {
        val later = codec.encode(Greeting("Ada", "mi", "Lady"))

        assertThat(codec.decode(later, EarlierGreeting::class.java)).isEqualTo(EarlierGreeting("Ada"))
        assertThatThrownBy { codec.decodeExactly(later, EarlierGreeting::class.java) }
            .hasMessageContaining("field 'language'")
    }

    @Test
    fun aNullOrNothingWhereAValueIsNeededIsRefusedWithItsField() {
        assertThatThrownBy { codec.decode("""{"title": "Lady"}""", Greeting::class.java) }
            .hasMessageContaining("field 'name'")
        assertThatThrownBy { codec.decode("""{"name": "Ada", "language": null}""", Greeting::class.java) }
            .hasMessageContaining("field 'language'")
        assertThatThrownBy {
                codec.decode("""{"order": "${UUID(1, 2)}", "lines": [null]}""", SendInvoice::class.java)
            }
            .hasMessageContaining("field 'lines.[0]'")
    }

    @Test
    fun aMarkOnAPropertyOfTheConstructorCounts() {
        codec.requireUnique(MonthlyReport::class.java)

        assertThat(codec.encodeUnique(MonthlyReport(7, at))).isEqualTo("""{"customer":7}""")
    }

    @Test
    fun withoutKotlinsModuleADataClassIsRefused() {
        val plain = JacksonCodec.of(JsonMapper.builder().build())

        assertThatIllegalArgumentException()
            .isThrownBy { plain.requireArguments(SendInvoice::class.java) }
            .withMessageContaining("no constructor fits its JSON")
        assertThatIllegalArgumentException().isThrownBy { plain.encode(SendInvoice(UUID(1, 2), emptyList())) }
    }
}
