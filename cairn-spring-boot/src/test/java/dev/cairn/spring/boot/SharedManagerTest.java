package dev.cairn.spring.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cairn.spring.SpringTransactions;
import dev.cairn.testing.CairnExtension;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionExecutionListener;

/** The listeners of a transaction manager that outlives what listens to it. */
class SharedManagerTest {
  @RegisterExtension static final CairnExtension cairn = new CairnExtension();

  private final JdbcTransactionManager manager = new JdbcTransactionManager(cairn.dataSource());

  private static SpringTransactions listen(PlatformTransactionManager manager) {
    return new SpringTransactions(manager, cairn.dataSource());
  }

  /** As an application sets it. */
  @Test
  void aListThatCannotBeAddedToIsReplaced() {
    TransactionExecutionListener own = new TransactionExecutionListener() {};
    manager.setTransactionExecutionListeners(List.of(own));

    SpringTransactions one = listen(manager);
    SpringTransactions other = listen(manager);
    assertThat(manager.getTransactionExecutionListeners()).hasSize(3).startsWith(own);
    one.close();
    one.close();
    assertThat(manager.getTransactionExecutionListeners()).hasSize(2).startsWith(own);
    other.close();

    assertThat(manager.getTransactionExecutionListeners()).containsExactly(own);
  }

  /** Shows its listeners to the first who asks, and lets a second one come before the answer. */
  private static final class Slow extends TransactionManagersTest.TellingWrapper {
    private final AtomicBoolean asked = new AtomicBoolean();
    private final CountDownLatch isRead = new CountDownLatch(1);
    private final Thread second;

    Slow(JdbcTransactionManager manager, Thread second) {
      super(manager);
      this.second = second;
    }

    @Override
    public Collection<TransactionExecutionListener> getTransactionExecutionListeners() {
      Collection<TransactionExecutionListener> listeners =
          List.copyOf(super.getTransactionExecutionListeners());
      if (!asked.getAndSet(true)) {
        isRead.countDown();
        await()
            .atMost(Duration.ofMinutes(1))
            .until(() ->
                second.getState() == Thread.State.BLOCKED
                    || second.getState() == Thread.State.TERMINATED);
      }
      return listeners;
    }
  }

  @Test
  void contextsThatComeAtOnceTakeNoListenerFromEachOther() throws Exception {
    var begin = new CountDownLatch(1);
    var shared = new Slow[1];
    Thread second =
        Thread.ofPlatform()
            .name("second-context")
            .start(() -> {
              try {
                begin.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
              }
              listen(shared[0]);
            });
    shared[0] = new Slow(manager, second);
    Thread first = Thread.ofPlatform().name("first-context").start(() -> listen(shared[0]));
    assertThat(shared[0].isRead.await(1, TimeUnit.MINUTES)).isTrue();
    begin.countDown();

    assertThat(first.join(Duration.ofMinutes(1))).isTrue();
    assertThat(second.join(Duration.ofMinutes(1))).isTrue();
    assertThat(manager.getTransactionExecutionListeners()).hasSize(2);
  }
}
