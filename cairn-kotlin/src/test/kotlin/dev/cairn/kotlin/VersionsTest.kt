package dev.cairn.kotlin

import java.nio.file.Files
import java.nio.file.Path
import org.assertj.core.api.Assertions.assertThat
import org.junit.jupiter.api.Test
import tools.jackson.core.json.PackageVersion as CoreVersion
import tools.jackson.databind.cfg.PackageVersion as DatabindVersion
import tools.jackson.module.kotlin.KotlinModule

/** The libraries that users of the module get are those that its tests run with. */
class VersionsTest {
    /** A bill of materials that is imported for the tests would choose another one for users too. */
    @Test
    fun jacksonIsThatOfCairn() {
        val parent = Files.readString(Path.of("../pom.xml"))
        val ofCairn = parent.substringAfter("<jackson.version>").substringBefore("</jackson.version>")

        assertThat(KotlinModule.Builder().build().version()).hasToString(ofCairn)
        assertThat(DatabindVersion.VERSION).hasToString(ofCairn)
        assertThat(CoreVersion.VERSION).hasToString(ofCairn)
    }
}
