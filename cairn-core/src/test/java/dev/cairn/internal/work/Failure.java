package dev.cairn.internal.work;

import dev.cairn.CairnException;
import dev.cairn.StoreUnavailableException;
import dev.cairn.internal.store.ContendedException;
import dev.cairn.internal.store.RejectedDataException;

/** How a statement may fail. */
enum Failure {
  RUNTIME {
    @Override
    void happen() {
      throw new IllegalStateException("on purpose");
    }
  },
  ERROR {
    @Override
    void happen() {
      throw new OutOfMemoryError("on purpose");
    }
  },
  /** 40P01, 57014 and 55P03: this statement did not work. */
  CONTENDED {
    @Override
    void happen() {
      throw new ContendedException("on purpose", new IllegalStateException());
    }
  },
  /** Class 22 and 23: the data, or somebody's trigger. */
  REFUSED {
    @Override
    void happen() {
      throw new RejectedDataException("on purpose", new IllegalStateException());
    }
  },
  /** A pool's time-out has no SQLSTATE, 25006 leads to a standby: nothing works for now. */
  UNAVAILABLE {
    @Override
    void happen() {
      throw new StoreUnavailableException("on purpose", null);
    }
  },
  UNKNOWN {
    @Override
    void happen() {
      throw new CairnException("on purpose");
    }
  };

  abstract void happen();
}
