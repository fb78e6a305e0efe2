package dev.cairn.benchmarks.contenders;

import dev.cairn.benchmarks.measure.Contender;
import dev.cairn.benchmarks.measure.Progress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A contender under other conditions, which the subclass sets up. */
public abstract class OtherContender implements Contender {
  private final Contender contender;

  /** Delegates every method that the subclass does not override. */
  protected OtherContender(Contender contender) {
    this.contender = contender;
  }

  @Override
  public String name() {
    return contender.name();
  }

  @Override
  public String setting() {
    return contender.setting();
  }

  @Override
  public void fill(int jobs) throws Exception {
    contender.fill(jobs);
  }

  @Override
  public void work(int jobs, Progress progress) throws Exception {
    contender.work(jobs, progress);
  }

  @Override
  public int finished() throws Exception {
    return contender.finished();
  }

  @Override
  public Duration cpu() {
    return contender.cpu();
  }

  @Override
  public @Nullable Long allocatedBytes() {
    return contender.allocatedBytes();
  }
}
