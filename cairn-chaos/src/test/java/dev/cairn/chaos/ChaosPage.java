package dev.cairn.chaos;

import dev.cairn.testing.internal.DatabaseCall;
import dev.cairn.testing.internal.Disturbance;
import dev.cairn.testing.internal.MisbehavingDataSource;
import dev.cairn.testing.internal.Misbehaviour;
import javax.sql.DataSource;

/** Code of docs/chaos.md. */
final class ChaosPage {
  private ChaosPage() {}

  static Disturbance losesAnAnswer(DataSource pool) {
    // docs: chaos.md
    var source = new MisbehavingDataSource(pool);
    Disturbance lost =
        source.once(DatabaseCall.named("complete jobs"), new Misbehaviour.LosesAnswer());
    // end docs
    return lost;
  }
}
