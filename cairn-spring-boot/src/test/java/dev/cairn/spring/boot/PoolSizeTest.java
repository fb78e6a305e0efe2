package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.cairn.JobKind;
import dev.cairn.spring.CairnWorker;
import dev.cairn.testing.CairnExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.slf4j.LoggerFactory;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** A pool of ten connections, as Hikari has it, beside the slots of the queues. */
@ExtendWith(OutputCaptureExtension.class)
class PoolSizeTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final ApplicationContextRunner application =
      Applications.jdbc(cairn).withBean(Methods.class);

  private final Logger logger = (Logger) LoggerFactory.getLogger(PoolSize.class);

  @BeforeEach
  void logs() {
    logger.setLevel(Level.INFO);
  }

  @AfterEach
  void logsAsBefore() {
    logger.setLevel(null);
  }

  @JobKind("pooled")
  record Pooled() {}

  static class Methods {
    @CairnWorker(queue = "reports")
    void work(Pooled args) {}
  }

  @Test
  void aPoolThatIsSmallerThanAllSlotsIsToldOf(CapturedOutput output) {
    application.run(context -> assertThat(context).hasNotFailed());

    assertThat(output.getOut())
        .contains("has 10 connections", "up to 20 jobs", "the pool 25 or more", "[CAIRN-717]")
        .contains("default", "reports");
  }

  @Test
  void aPoolThatIsLargeEnoughIsNot(CapturedOutput output) {
    application
        .withPropertyValues("cairn.max-workers=2")
        .run(context -> assertThat(context).hasNotFailed());
    application
        .withPropertyValues("cairn.work=false")
        .run(context -> assertThat(context).hasNotFailed());

    assertThat(output.getOut()).doesNotContain("[CAIRN-717]");
  }
}
