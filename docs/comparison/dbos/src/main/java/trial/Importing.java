package trial;

import dev.dbos.transact.DBOS;
import dev.dbos.transact.StartWorkflowOptions;
import dev.dbos.transact.config.DBOSConfig;
import dev.dbos.transact.workflow.Workflow;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.event.ApplicationStartedEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;

/** The import as a workflow of DBOS, with a step for 100 lines each. */
@Service
public class Importing {
  private static volatile String thread;
  private final DBOS dbos;
  private final Workflows workflows;

  /** The interface of the workflow, of which DBOS makes a proxy. */
  public interface Workflows {
    void work(int count);
  }

  /** The code of the workflow. */
  public record Imports(DBOS dbos, Lines lines) implements Workflows {
    @Override
    @Workflow(name = "import")
    public void work(int count) {
      thread = Thread.currentThread().toString();
      for (int from = 0; from < count; from += 100) {
        int first = from;
        dbos.runStep(
            () ->
                IntStream.range(first, Math.min(count, first + 100))
                    .forEach(lines::write),
            "lines from " + from);
      }
    }
  }

  /**
   * The proxy is no bean: before the launch, it throws at any call, and Spring calls a bean's
   * {@code hashCode} when it registers it.
   */
  Importing(DBOS dbos, Lines lines) {
    this.dbos = dbos;
    this.workflows = dbos.registerProxy(Workflows.class, new Imports(dbos, lines));
  }

  void begin(int count) {
    begin(count, new StartWorkflowOptions());
  }

  void begin(int count, StartWorkflowOptions options) {
    dbos.startWorkflow(() -> workflows.work(count), options);
  }

  String thread() {
    return thread;
  }

  /** When all workflows are registered. */
  @EventListener(ApplicationStartedEvent.class)
  void launch() {
    dbos.launch();
  }

  @Configuration(proxyBeanMethods = false)
  static class Known {
    @Bean(destroyMethod = "close")
    DBOS dbos(
        DataSource dataSource,
        @Value("${trial.without-tables:false}") boolean withoutTables,
        @Value("${trial.version:}") String version) {
      DBOSConfig config =
          DBOSConfig.defaults("trial").withDataSource(dataSource).withMigrate(!withoutTables);
      return new DBOS(version.isEmpty() ? config : config.withAppVersion(version));
    }
  }
}
