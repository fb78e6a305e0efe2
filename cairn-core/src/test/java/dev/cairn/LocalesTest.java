package dev.cairn;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Statements, keys, JSON and texts of protocols are the same under every default locale: some write
 * digits of their own, Turkish has another capital i. In a process of its own, since most texts are
 * made once, when a class is loaded.
 */
class LocalesTest {
  @RegisterExtension static final TestDatabase database = new TestDatabase();
  @RegisterExtension final TestClients clients = new TestClients(database);

  @Tag("thorough")
  @ParameterizedTest
  @ValueSource(strings = {"ar-EG", "fa-IR", "tr-TR"})
  void aClientWorksUnderEveryLocale(String tag) throws Exception {
    long here = clients.inserter().insert(LocaleProcess.UNIQUE, LocaleProcess.uniqueOptions()).id();
    Locale locale = Locale.forLanguageTag(tag);
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-XX:TieredStopAtLevel=1",
            "-Duser.language=" + locale.getLanguage(),
            "-Duser.country=" + locale.getCountry(),
            "-cp",
            System.getProperty("java.class.path"),
            LocaleProcess.class.getName(),
            database.schema(),
            Long.toString(here)));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(database.fresh().environment());

    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }
}
