package dev.cairn.spring.boot;

import dev.cairn.CairnBuilder;
import dev.cairn.QueueOptions;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The queues that an application works: those of its properties and those that its workers name.
 *
 * @param described those of the properties
 * @param named those that only workers name, and the default one
 */
record WorkedQueues(Map<String, QueueOptions> described, Map<String, QueueOptions> named) {
  private static final String DEFAULT = "default";

  static WorkedQueues of(CairnProperties properties, WorkerBeans workers) {
    var described = new TreeMap<String, QueueOptions>();
    properties
        .queues()
        .forEach((name, queue) ->
            described.put(
                name,
                CairnConfigurationException.checked(
                    "A property cairn.queues.%s.*".formatted(name),
                    () -> queue.options(properties.maxWorkers()))));
    var named = new TreeMap<String, QueueOptions>();
    QueueOptions usual = QueueOptions.of(properties.maxWorkers());
    workers.queues().forEach(name -> named.put(name, usual));
    boolean describesOnlyNamed = workers.queues().containsAll(described.keySet());
    if (describesOnlyNamed && !workers.all().isEmpty()) {
      // No queue is described but to set its number of workers.
      named.put(DEFAULT, usual);
    }
    named.keySet().removeAll(described.keySet());
    return new WorkedQueues(described, named);
  }

  void addTo(CairnBuilder client) {
    described.forEach((name, options) ->
        add(
            client,
            "A property cairn.queues.%s.*, or cairn.max-workers,".formatted(name),
            name,
            options));
    named.forEach((name, options) ->
        add(client, "cairn.max-workers, or the queue of a worker,", name, options));
  }

  /**
   * Refuses a queue that a customizer adds although it is one of these.
   *
   * @param failure of the customizer
   */
  void requireNotAddedBy(IllegalArgumentException failure) {
    String message = String.valueOf(failure.getMessage());
    if (!message.contains("CAIRN-105")) {
      return;
    }
    Predicate<String> isMeant = name -> message.contains("queue '%s' ".formatted(name));
    described.keySet().stream()
        .filter(isMeant)
        .findFirst()
        .ifPresent(name -> {
          throw new CairnConfigurationException(
              "cairn.queues.%s is set, but a CairnBuilderCustomizer adds this queue too [CAIRN-707]"
                  .formatted(name),
              "Remove the property, or the queue of the customizer");
        });
    named.keySet().stream()
        .filter(isMeant)
        .findFirst()
        .ifPresent(name -> {
          throw new CairnConfigurationException(
              "Queue '%s' is worked for the workers of the application, but a CairnBuilderCustomizer adds it too [CAIRN-105]"
                  .formatted(name),
              "Remove it from the customizer, and give it its settings by cairn.queues.%s.*"
                  .formatted(name));
        });
  }

  private static void add(CairnBuilder client, String property, String name, QueueOptions options) {
    CairnBuilder ignored =
        CairnConfigurationException.checked(property, () -> client.queue(name, options));
  }
}
