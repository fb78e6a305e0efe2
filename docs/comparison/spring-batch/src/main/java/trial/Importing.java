package trial;

import java.util.List;
import java.util.stream.IntStream;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.support.ListItemReader;
import org.springframework.batch.infrastructure.item.ItemWriter;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.stereotype.Service;
import org.springframework.transaction.PlatformTransactionManager;

/** The import as a job of Spring Batch, in chunks of 100. */
@Service
public class Importing {
  private static volatile String thread;
  private final JobOperator operator;
  private final Job job;

  Importing(JobOperator operator, Job job) {
    this.operator = operator;
    this.job = job;
  }

  void begin(int count) throws Exception {
    operator.start(
        job,
        new JobParametersBuilder()
            .addLong("count", (long) count)
            .addLong("at", System.nanoTime())
            .toJobParameters());
  }

  String thread() {
    return thread;
  }

  @Configuration(proxyBeanMethods = false)
  static class Known {
    @Bean
    @StepScope
    ListItemReader<Integer> reader(@Value("#{jobParameters['count']}") long count) {
      return new ListItemReader<>(IntStream.range(0, (int) count).boxed().toList());
    }

    @Bean
    ItemWriter<Integer> writer(Lines lines) {
      return chunk -> {
        thread = Thread.currentThread().toString();
        List<Line> made = chunk.getItems().stream().map(Lines::slow).toList();
        lines.saveAll(made);
      };
    }

    @Bean
    Step rows(
        JobRepository repository,
        PlatformTransactionManager transactions,
        ListItemReader<Integer> reader,
        ItemWriter<Integer> writer) {
      return new StepBuilder("rows", repository)
          .<Integer, Integer>chunk(100)
          .transactionManager(transactions)
          .reader(reader)
          .writer(writer)
          .build();
    }

    @Bean
    Job importJob(JobRepository repository, Step rows) {
      return new JobBuilder("import", repository).start(rows).build();
    }
  }
}
