package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.hostchooser.HostRequirement;

class DatabaseUrlTest {
  @Test
  void readsTheFormOfLibpq() {
    DatabaseUrl url =
        DatabaseUrl.parse("postgres://ada:s%40cr%2Bt+1@db.example:6000/shop?sslmode=require");

    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://db.example:6000/shop?sslmode=require");
    assertThat(url.user()).isEqualTo("ada");
    assertThat(url.password()).isEqualTo("s@cr+t+1");
  }

  @Test
  void aHostThatVanishesIsNoticedUnlessTheAddressSaysOtherwise() {
    assertThat(DatabaseUrl.parse("postgres://h/d").dataSource())
        .extracting("tcpKeepAlive")
        .isEqualTo(true);
    assertThat(DatabaseUrl.parse("jdbc:postgresql://h/d?tcpKeepAlive=false").dataSource())
        .extracting("tcpKeepAlive")
        .isEqualTo(false);
  }

  @Test
  void whatIsLeftOutIsLeftToTheDriver() {
    DatabaseUrl url = DatabaseUrl.parse("postgresql://localhost");

    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://localhost:5432/");
    assertThat(url.user()).isNull();
    assertThat(url.password()).isNull();
  }

  @Test
  void translatesTheNamesOfParameters() {
    assertThat(DatabaseUrl.parse("postgres://h/d?connect_timeout=3&application_name=x").jdbcUrl())
        .isEqualTo("jdbc:postgresql://h:5432/d?connectTimeout=3&ApplicationName=x");
  }

  @ParameterizedTest
  @CsvSource({
    "any, any",
    "read-write, primary",
    "primary, primary",
    "read-only, secondary",
    "standby, secondary",
    "prefer-standby, preferSecondary"
  })
  void theDriverUnderstandsWhichServerIsMeant(String attribute, String type) {
    DatabaseUrl url = DatabaseUrl.parse("postgres://h/d?target_session_attrs=" + attribute);

    assertThat(url.jdbcUrl()).endsWith("?targetServerType=" + type);
    assertThat(HostRequirement.getTargetServerType(type)).isNotNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgres://h1,h2/d|h1:5432,h2:5432",
        "postgres://ada:x@h-1.example:6000,h2:6001/d|h-1.example:6000,h2:6001",
        "postgres://ada@[::1]/d|[::1]:5432",
        "postgres://[fe80::1]:6000/d|[fe80::1]:6000",
        "postgres://10.0.0.1,10.0.0.2:6000/d|10.0.0.1:5432,10.0.0.2:6000",
      })
  void oneHostOrSeveral(String address, String hosts) {
    DatabaseUrl url = DatabaseUrl.parse(address);

    assertThat(url.jdbcUrl()).isEqualTo("jdbc:postgresql://%s/d".formatted(hosts));
    assertThatCode(url::dataSource).doesNotThrowAnyException();
  }

  @Test
  void takesAnAddressOfJdbcAsItIs() {
    assertThat(DatabaseUrl.parse("jdbc:postgresql://h/d?user=u").jdbcUrl())
        .isEqualTo("jdbc:postgresql://h/d?user=u");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mysql://ada:hunter2@h/d",
        "postgres://ada:hun ter2@h/d",
        "postgres://ada:hunter2@h/d?speed=high",
        "postgres://ada:hunter2@@/d",
        "hunter2",
      })
  void anAddressThatCannotBeReadIsRefusedWithoutRepeatingIt(String address) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DatabaseUrl.parse(address).dataSource())
        .withMessageContaining("database's address")
        .withMessageNotContaining("hunter2")
        .withMessageNotContaining("hun ter2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "foo|has no scheme. Write postgres://USER:PASSWORD@HOST:PORT/DATABASE or jdbc:",
        "localhost:5432/shop|has no scheme",
        "''|has no scheme",
        "host=localhost dbname=shop|has no scheme",
        "mysql://h/d|has the scheme 'mysql'. Write postgres://",
        "postgres://|cannot be read",
        "postgres:///shop|has no host",
        "postgres://h1,,h2/shop|has no host",
        "postgres://h:port/shop|has no host",
        "postgres://h/shop?target_session_attrs=master|unknown target_session_attrs: use one of"
            + " [any",
      })
  void saysWhatIsWrongWithAnAddress(String address, String reason) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DatabaseUrl.parse(address))
        .withMessageContaining("database's address")
        .withMessageContaining(reason)
        .withMessageNotContaining("null");
  }

  @Test
  void itsTextHasNoPassword() {
    assertThat(DatabaseUrl.parse("postgres://ada:hunter2@h/d").toString())
        .doesNotContain("hunter2");
  }

  /** Found by Jazzer. */
  @Test
  void whatIsNoNameOfAParameterIsNotRepeated() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DatabaseUrl.parse("postgres://h?ada:hunter2@localhost/shop"))
        .withMessageStartingWith("the database's address has the unknown parameter: use only [")
        .withMessageNotContaining("hunter2");
  }
}
