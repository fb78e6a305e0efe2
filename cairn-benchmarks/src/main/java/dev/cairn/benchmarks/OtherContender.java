package dev.cairn.benchmarks;

import java.time.Duration;

/** A contender under other circumstances, which its subclass makes. */
abstract class OtherContender implements Contender {
  private final Contender contender;

  OtherContender(Contender contender) {
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
}
