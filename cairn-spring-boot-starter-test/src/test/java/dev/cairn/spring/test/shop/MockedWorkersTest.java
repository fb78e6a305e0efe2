package dev.cairn.spring.test.shop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.argThat;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.verify;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Worker;
import dev.cairn.spring.test.AutoConfigureCairn;
import dev.cairn.spring.test.CairnTester;
import dev.cairn.spring.test.shop.Shop.Remind;
import dev.cairn.testing.WorkedJob;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.bean.override.mockito.MockitoSpyBean;

/** Workers replaced by mocks. */
class MockedWorkersTest {
  @JobKind("mocked_mail")
  record Mail(String to) {}

  @JobKind("mocked_call")
  record Call(String number) {}

  /** A worker by its class. */
  static class Mailer implements Worker<Mail> {
    private final List<String> sent = new ArrayList<>();

    @Override
    public void work(Job<Mail> job, WorkContext context) {
      sent.add(job.args().to());
    }
  }

  @TestConfiguration(proxyBeanMethods = false)
  static class Workers {
    @Bean
    Mailer mailer() {
      return new Mailer();
    }

    @Bean
    Worker<Call> caller() {
      throw new AssertionError("the mock takes its place");
    }
  }

  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  @Import(Workers.class)
  class Mocked {
    @MockitoBean private Mailer mailer;
    @MockitoBean private Worker<Call> caller;
    @MockitoBean private Shop.Shipping shipping;
    @Autowired private CairnTester cairn;

    @Test
    void theMocksWork() throws Exception {
      cairn.work(new Mail("ada")).requireCompleted();
      cairn.work(new Call("1")).requireCompleted();
      cairn.work(new Remind(1)).requireCompleted();

      verify(mailer).work(argThat(job -> job.args().equals(new Mail("ada"))), any());
      verify(caller).work(argThat(job -> job.args().equals(new Call("1"))), any());
      verify(shipping).remind(new Remind(1));
    }

    @Test
    void aMockMayFail() throws Exception {
      doThrow(new IllegalStateException("planned")).when(mailer).work(any(), any());

      WorkedJob worked = cairn.work(new Mail("ben"));

      assertThat(worked.job().errors().getFirst().error()).contains("planned");
    }
  }

  @Nested
  @SpringBootTest
  @AutoConfigureCairn
  @Import(Workers.class)
  class Spied {
    @MockitoSpyBean private Mailer mailer;
    @MockitoBean private Worker<Call> caller;
    @MockitoSpyBean private Shop.Shipping shipping;
    @Autowired private CairnTester cairn;

    @Test
    void theSpiesWork() throws Exception {
      cairn.work(new Mail("ada")).requireCompleted();
      cairn.work(new Remind(1)).requireCompleted();

      verify(mailer).work(any(), any());
      assertThat(mailer.sent).containsExactly("ada");
      verify(shipping).remind(new Remind(1));
    }
  }
}
