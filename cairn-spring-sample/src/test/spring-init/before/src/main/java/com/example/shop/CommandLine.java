package com.example.shop;

import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Uploads the files that the command names. */
@Component
class CommandLine implements ApplicationRunner {
  private final Uploads uploads;

  CommandLine(Uploads uploads) {
    this.uploads = uploads;
  }

  @Override
  public void run(ApplicationArguments args) {
    args.getNonOptionArgs().forEach(uploads::upload);
  }
}
