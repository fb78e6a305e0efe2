package dev.cairn.internal.client;

import dev.cairn.InsertResult;
import dev.cairn.JobInsert;
import dev.cairn.internal.store.NewJob;
import dev.cairn.spi.Middleware;
import dev.cairn.spi.Middleware.InsertNext;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Inserts jobs: passes them through the middleware to the database. */
public final class Inserting {
  private final List<Middleware> middleware;
  private final NewJobs newJobs;

  public Inserting(List<Middleware> middleware, NewJobs newJobs) {
    this.middleware = List.copyOf(middleware);
    this.newJobs = newJobs;
  }

  public List<InsertResult> insert(
      List<JobInsert> inserts, Function<List<NewJob>, List<InsertResult>> store) {
    return through(jobs -> store.apply(newJobs.of(jobs)), inserts);
  }

  public long insertFast(List<JobInsert> inserts, ToLongFunction<List<NewJob>> store) {
    var inserted = new AtomicLong();
    through(
        jobs -> {
          inserted.addAndGet(store.applyAsLong(newJobs.of(jobs)));
          return List.of();
        },
        inserts);
    return inserted.get();
  }

  private List<InsertResult> through(InsertNext end, List<JobInsert> inserts) {
    requireAll(inserts);
    InsertNext next = end;
    for (Middleware outer : middleware.reversed()) {
      InsertNext inner = next;
      next = jobs -> outer.insert(jobs, inner);
    }
    return next.proceed(inserts.stream().map(NewJobs::withDefaults).toList());
  }

  private static void requireAll(List<JobInsert> inserts) {
    Objects.requireNonNull(inserts, "inserts");
    int place = 0;
    for (JobInsert insert : inserts) {
      Objects.requireNonNull(insert, "inserts[" + place + "]");
      place++;
    }
  }
}
