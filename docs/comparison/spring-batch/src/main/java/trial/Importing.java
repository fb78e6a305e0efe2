package trial;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.util.stream.IntStream;
import org.springframework.batch.core.job.Job;
import org.springframework.batch.core.job.builder.JobBuilder;
import org.springframework.batch.core.job.parameters.JobParametersBuilder;
import org.springframework.batch.core.launch.JobOperator;
import org.springframework.batch.core.configuration.annotation.StepScope;
import org.springframework.batch.core.repository.JobRepository;
import org.springframework.batch.core.step.Step;
import org.springframework.batch.core.step.builder.StepBuilder;
import org.springframework.batch.infrastructure.item.ItemWriter;
import org.springframework.batch.infrastructure.item.file.FlatFileItemReader;
import org.springframework.batch.infrastructure.item.file.builder.FlatFileItemReaderBuilder;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;
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
    /** Keeps its place, so that a restarted job continues there. */
    @Bean
    @StepScope
    FlatFileItemReader<Integer> reader(@Value("#{jobParameters['count']}") long count) {
      String file =
          IntStream.range(0, (int) count).mapToObj(String::valueOf).collect(joining("\n"));
      return new FlatFileItemReaderBuilder<Integer>()
          .name("file")
          .resource(new ByteArrayResource(file.getBytes(UTF_8)))
          .lineMapper((line, at) -> Integer.valueOf(line))
          .build();
    }

    @Bean
    ItemWriter<Integer> writer(Lines lines) {
      return chunk -> {
        thread = Thread.currentThread().toString();
        chunk.getItems().forEach(lines::write);
      };
    }

    @Bean
    Step rows(
        JobRepository repository,
        PlatformTransactionManager transactions,
        FlatFileItemReader<Integer> reader,
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
