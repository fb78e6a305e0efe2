package dev.cairn.cli.demo;

/** Where the demo tells what happens. */
interface Display {
  /** Called many times a second. */
  void progress(JobStatus status);

  /** A line that stays. */
  void line(String text);

  /** No more progress follows. */
  void end();
}
