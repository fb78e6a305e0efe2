package dev.cairn.logback;

import dev.cairn.Cairn;
import dev.cairn.CairnBuilder;
import dev.cairn.log.JobLog;
import javax.sql.DataSource;

/** Code of docs/operations.md. */
final class OperationsPage {
  private OperationsPage() {}

  static CairnBuilder keepLogs(DataSource dataSource) {
    // docs: operations.md
    JobLog jobLog = new JobLog();
    JobLogAppender.attach(jobLog); // dev.cairn:cairn-logback
    CairnBuilder builder = Cairn.builder(dataSource).middleware(jobLog);
    // end docs
    return builder;
  }
}
