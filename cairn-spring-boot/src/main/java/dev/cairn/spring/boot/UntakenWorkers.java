package dev.cairn.spring.boot;

import dev.cairn.Cairn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;

/** Looks for workers that no client works, because the client is not the starter's. */
final class UntakenWorkers implements SmartInitializingSingleton {
  private static final Logger log = LoggerFactory.getLogger(UntakenWorkers.class);

  private final ListableBeanFactory beans;
  private final WorkerBeans workers;
  private final boolean works;

  UntakenWorkers(ListableBeanFactory beans, WorkerBeans workers, boolean works) {
    this.beans = beans;
    this.workers = workers;
    this.works = works;
  }

  /** A client of a parent context was made before these workers. */
  @Override
  public void afterSingletonsInstantiated() {
    Cairn client = beans.getBeanProvider(Cairn.class).getIfUnique();
    if (!works || client == null || workers.areTaken()) {
      return;
    }
    boolean isAbove = beans.getBeanNamesForType(Cairn.class, true, false).length == 0;
    if (isAbove) {
      workers.requireRight();
    }
    String worker = workers.first().orElse("");
    if (worker.isEmpty()) {
      return;
    }
    if (isAbove) {
      throw new CairnConfigurationException(
          ("The client is in a parent context, and does not know the %s of this one: its jobs would"
                  + " wait forever [CAIRN-714]")
              .formatted(worker),
          "Move it to the parent context, or leave CairnAutoConfiguration out of that");
    }
    // A mock of a test has no status. Workers that are beans may have been given to the client.
    if (client.status() != null && workers.hasMethods()) {
      log.warn(
          "The application defines its own Cairn bean, which does not have the starter's workers, "
              + "such as the {}. Give it ClientDescription.workers(), and call "
              + "ClientDescription.describe on its builder [CAIRN-714]",
          worker);
    }
  }
}
