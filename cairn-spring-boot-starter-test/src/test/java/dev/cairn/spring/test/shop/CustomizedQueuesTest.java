package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.Cairn;
import dev.cairn.ClientStatus.Phase;
import dev.cairn.InsertOptions;
import dev.cairn.JobState;
import dev.cairn.spring.CairnBuilderCustomizer;
import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Remind;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;

/** A customizer adds a queue to the application's client, and to none of the tests. */
@SpringBootTest
@AutoConfigureCairn
class CustomizedQueuesTest {
  @Autowired private Cairn client;
  @Autowired private CairnTester cairn;

  @TestConfiguration(proxyBeanMethods = false)
  static class Customized {
    @Bean
    CairnBuilderCustomizer reminders() {
      return client -> client.queue("reminders", 5).pollInterval(Duration.ofMillis(10));
    }
  }

  @Test
  void nothingWorksByItself() {
    var later = InsertOptions.defaults().withQueue("reminders");
    long due = client.insert(new Remind(1), later).id();
    long other =
        client.insert(new Remind(2), later.withScheduledAt(Instant.now().plusSeconds(3_600))).id();

    assertThat(client.status().phase()).isEqualTo(Phase.NEW);
    assertThat(cairn.work(new Remind(3)).job().state()).isEqualTo(JobState.COMPLETED);
    assertThat(client.jobs().find(due).orElseThrow().state()).isEqualTo(JobState.AVAILABLE);
    assertThat(cairn.drain()).hasSize(1);
    assertThat(client.jobs().find(other).orElseThrow().state()).isEqualTo(JobState.SCHEDULED);
  }
}
