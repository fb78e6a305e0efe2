package trial;

import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.workflow.ListWorkflowsInput;
import dev.dbos.transact.workflow.Queue;
import dev.dbos.transact.workflow.Workflow;
import dev.dbos.transact.workflow.WorkflowState;
import dev.dbos.transact.workflow.WorkflowStatus;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** A workflow that waits, pausing, and a queue with a limit and priorities. */
@RestController
class Trials {
  private static final Queue QUEUE =
      new Queue("trials").withConcurrency(1).withPriorityEnabled(true);
  private static final AtomicInteger RUNNING = new AtomicInteger();
  private static final AtomicInteger MOST = new AtomicInteger();
  private final DBOS dbos;
  private final Importing importing;
  private final Workflows workflows;

  public interface Workflows {
    void write(int number);
  }

  public record OneLine(Lines lines) implements Workflows {
    @Override
    @Workflow(name = "line")
    public void write(int number) {
      MOST.accumulateAndGet(RUNNING.incrementAndGet(), Math::max);
      lines.write(number);
      RUNNING.decrementAndGet();
    }
  }

  Trials(DBOS dbos, Importing importing, Lines lines) {
    this.dbos = dbos;
    this.importing = importing;
    this.workflows = dbos.registerProxy(Workflows.class, new OneLine(lines));
    dbos.registerQueue(QUEUE);
  }

  /** Inserts an import of ten lines that is due in 30 s. */
  @PostMapping("/later")
  void later() {
    importing.begin(
        10, new StartWorkflowOptions().withQueue(QUEUE).withDelay(Duration.ofSeconds(30)));
  }

  @PostMapping("/pause")
  void pause() {
    dbos.cancelWorkflows(imports(WorkflowState.PENDING));
  }

  @PostMapping("/resume")
  void resume() {
    dbos.resumeWorkflows(imports(WorkflowState.CANCELLED));
  }

  private List<String> imports(WorkflowState state) {
    return dbos
        .listWorkflows(new ListWorkflowsInput().withWorkflowName("import").withStatus(state))
        .stream()
        .map(WorkflowStatus::workflowId)
        .toList();
  }

  /** Inserts ten workflows, and then ten urgent ones. The lower number is the more urgent one. */
  @PostMapping("/urgent")
  void urgent() {
    for (int number = 1; number <= 10; number++) {
      insert(number, 10);
    }
    for (int number = 101; number <= 110; number++) {
      insert(number, 1);
    }
  }

  private void insert(int number, int priority) {
    dbos.startWorkflow(
        () -> workflows.write(number),
        new StartWorkflowOptions().withQueue(QUEUE).withPriority(priority));
  }

  /** How many of them ran at once. */
  @GetMapping("/most")
  int most() {
    return MOST.get();
  }
}
