package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.spring.test.AutoConfigureCairn;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.context.TestPropertySource;

/** The properties of a test go before those of {@link AutoConfigureCairn}. */
class TestPropertiesTest {
  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  @TestPropertySource(locations = "/works.properties")
  class InAFile {
    @Autowired private Cairn client;

    @Test
    void aFileOfTheTestDecides() {
      assertThat(client.status().phase()).isEqualTo(Phase.STARTED);
    }
  }

  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  @TestPropertySource(properties = "cairn.work=true")
  class Inlined {
    @Autowired private Cairn client;

    @Test
    void aPropertyOfTheTestDecides() {
      assertThat(client.status().phase()).isEqualTo(Phase.STARTED);
    }
  }
}
