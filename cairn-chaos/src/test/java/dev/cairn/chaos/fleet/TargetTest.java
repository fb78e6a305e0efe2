package dev.cairn.chaos.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

class TargetTest {
  private static final String HOST = "jdbc:postgresql://db.example.org:5433/shop?";

  private static PGSimpleDataSource direct(Target target) {
    return (PGSimpleDataSource) target.direct();
  }

  private static PGSimpleDataSource ofWorker(Target target) {
    var source = new PGSimpleDataSource();
    source.setUrl(target.workersUrl("cairn_chaos_1", "w1", 6000));
    return source;
  }

  @ParameterizedTest
  @ValueSource(strings = {"verify-full", "verify-ca", "require"})
  void theEncryptionOfAnAddressIsNotWeakened(String mode) {
    Target target =
        Target.of(HOST + "user=ada&password=x&sslmode=%s&sslrootcert=/etc/ca.crt".formatted(mode));

    assertThat(target.encrypted()).isTrue();
    assertThat(direct(target).getSslMode()).isEqualTo(mode);
    assertThat(direct(target).getSslRootCert()).isEqualTo("/etc/ca.crt");
    assertThat(ofWorker(target).getSslMode()).isEqualTo(mode);
    assertThat(ofWorker(target).getSslRootCert()).isEqualTo("/etc/ca.crt");
    assertThat(ofWorker(target).getServerNames()).containsExactly("db.example.org");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ssl=true",
        "channelBinding=require",
        "sslmode=prefer&channelBinding=require",
        "gssEncMode=require"
      })
  void whatDemandsEncryptionInOtherWordsDoesSo(String parameter) {
    Target target = Target.of(HOST + "user=ada&" + parameter);

    assertThat(target.encrypted()).isTrue();
    assertThat(target.workersUrl("cairn_chaos_1", "w1", 6000))
        .contains("db.example.org")
        .contains(parameter.split("&"));
  }

  @Test
  void otherParametersOfAnAddressStayAlsoThroughAProxy() {
    Target target =
        Target.of(
            HOST
                + "user=ada&password=x&options=-c%20work_mem%3D8MB&ApplicationName=mine"
                + "&socketTimeout=99&sslmode=prefer&sslrootcert=/etc/ca.crt");

    assertThat(target.encrypted()).isFalse();
    assertThat(direct(target).getOptions()).isEqualTo("-c work_mem=8MB");
    assertThat(direct(target).getSslMode()).isEqualTo("prefer");
    assertThat(direct(target).getApplicationName()).isEqualTo("chaos");
    PGSimpleDataSource worker = ofWorker(target);
    assertThat(worker.getOptions()).isEqualTo("-c work_mem=8MB");
    assertThat(worker.getSslMode()).isEqualTo("disable");
    assertThat(worker.getSslRootCert()).isNull();
    assertThat(worker.getApplicationName()).isEqualTo("cairn_chaos_1-w1");
    assertThat(worker.getSocketTimeout()).isEqualTo(15);
    assertThat(worker.getPortNumbers()).containsExactly(6000);
    assertThat(direct(target.through(6001)).getOptions()).isEqualTo("-c work_mem=8MB");
    assertThat(direct(target.through(6001)).getSslMode()).isEqualTo("disable");
  }

  @Test
  void noTextHasThePassword() {
    Target target = Target.of(HOST + "user=ada&password=secret&sslpassword=hidden");

    assertThat(target.toString()).doesNotContain("secret", "hidden");
    assertThat(target.workersUrl("cairn_chaos_1", "w1", 6000)).doesNotContain("secret");
  }
}
