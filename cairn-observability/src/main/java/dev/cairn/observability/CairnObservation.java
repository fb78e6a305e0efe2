package dev.cairn.observability;

import io.micrometer.common.docs.KeyName;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;
import io.micrometer.observation.docs.ObservationDocumentation;

/**
 * The observations of {@link Observations}, with their names and keys. May get further constants.
 */
public enum CairnObservation implements ObservationDocumentation {
  /** An insertion of one or more jobs. */
  INSERT {
    @Override
    public Class<? extends ObservationConvention<? extends Observation.Context>>
        getDefaultConvention() {
      return DefaultInsertObservationConvention.class;
    }

    @Override
    public KeyName[] getLowCardinalityKeyNames() {
      return new KeyName[] {Low.KIND, Low.QUEUE};
    }

    @Override
    public KeyName[] getHighCardinalityKeyNames() {
      return new KeyName[] {High.JOB_ID, High.JOBS};
    }
  },

  /** An attempt of a job. */
  PROCESS {
    @Override
    public Class<? extends ObservationConvention<? extends Observation.Context>>
        getDefaultConvention() {
      return DefaultProcessObservationConvention.class;
    }

    @Override
    public KeyName[] getLowCardinalityKeyNames() {
      return Low.values();
    }

    @Override
    public KeyName[] getHighCardinalityKeyNames() {
      return new KeyName[] {High.JOB_ID, High.ATTEMPT};
    }
  };

  /** Keys with few different values. Meters have them as tags. May get further constants. */
  public enum Low implements KeyName {
    /**
     * The kind of the job, or {@code several}. Of more than 1,000, the others are {@code other}.
     */
    KIND("kind"),
    /**
     * The queue of the job, or {@code several}. Of more than 1,000, the others are {@code other}.
     */
    QUEUE("queue"),
    /** How an attempt ended, as in {@link Metrics}; {@code none} while it runs. */
    OUTCOME("outcome");

    private final String key;

    Low(String key) {
      this.key = key;
    }

    @Override
    public String asString() {
      return key;
    }
  }

  /** Keys with any number of values. Only spans have them. May get further constants. */
  public enum High implements KeyName {
    /** The id of the job; missing if several were inserted. */
    JOB_ID("cairn.job.id"),
    /** The number of the attempt. */
    ATTEMPT("cairn.job.attempt"),
    /** How many jobs were inserted. */
    JOBS("cairn.insert.jobs");

    private final String key;

    High(String key) {
      this.key = key;
    }

    @Override
    public String asString() {
      return key;
    }
  }
}
