package dev.cairn.spring.test;

import org.springframework.core.Ordered;
import org.springframework.test.context.TestContext;
import org.springframework.test.context.TestExecutionListener;

/** Lets each test begin without jobs of its own, before the test's transaction begins. */
final class CairnTestExecutionListener implements TestExecutionListener, Ordered {
  /** Before {@code TransactionalTestExecutionListener}. */
  private static final int ORDER = 3_900;

  @Override
  public void beforeTestMethod(TestContext test) {
    if (test.hasApplicationContext()) {
      test.getApplicationContext()
          .getBeanProvider(CairnTester.class)
          .ifAvailable(CairnTester::begin);
    }
  }

  @Override
  public int getOrder() {
    return ORDER;
  }
}
