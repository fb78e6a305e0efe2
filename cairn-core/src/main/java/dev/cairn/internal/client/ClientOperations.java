package dev.cairn.internal.client;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.jobs.JobClient;
import dev.cairn.jobs.Jobs;
import dev.cairn.jobs.Queues;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a client does with jobs and queues, all of it with the same rule for transactions. */
public record ClientOperations(ClientInserts inserts, Jobs jobs, Queues queues)
    implements JobClient {
  @Override
  public List<InsertResult> insertMany(List<JobInsert> jobInserts) {
    return inserts.insertMany(jobInserts);
  }

  @Override
  public long insertManyFast(List<JobInsert> jobInserts) {
    return inserts.insertManyFast(jobInserts);
  }

  @Override
  public int signal(String name, @Nullable Object payload) {
    return inserts.signal(name, payload);
  }
}
