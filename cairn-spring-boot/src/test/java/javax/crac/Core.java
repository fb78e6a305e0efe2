package javax.crac;

import java.util.ArrayList;
import java.util.List;

/**
 * What a JVM with CRaC has, as far as {@code org.crac} looks for it by reflection: resources are
 * told before a checkpoint, the last registered first, and after the restore in the order in which
 * they were registered. This one writes no image: it runs a test's code where the process would be
 * frozen.
 */
public final class Core {
  private static final Global GLOBAL = new Global();

  private Core() {}

  /** Tests begin with this, so that contexts of other tests are left alone. */
  public static void begin() {
    GLOBAL.resources.clear();
    GLOBAL.whileFrozen = () -> {};
  }

  /** What the test does while the process is frozen. */
  public static void whileFrozen(Runnable code) {
    GLOBAL.whileFrozen = code;
  }

  /** How many resources there are. */
  public static int resources() {
    return GLOBAL.resources.size();
  }

  public static Context<Resource> getGlobalContext() {
    return GLOBAL;
  }

  public static void checkpointRestore() throws CheckpointException, RestoreException {
    GLOBAL.beforeCheckpoint(GLOBAL);
    try {
      GLOBAL.whileFrozen.run();
    } finally {
      GLOBAL.afterRestore(GLOBAL);
    }
  }

  private static final class Global extends Context<Resource> {
    private final List<Resource> resources = new ArrayList<>();
    private Runnable whileFrozen = () -> {};

    @Override
    public void register(Resource resource) {
      resources.add(resource);
    }

    @Override
    public void beforeCheckpoint(Context<? extends Resource> context) throws CheckpointException {
      var failure = new CheckpointException();
      for (Resource each : resources.reversed()) {
        try {
          each.beforeCheckpoint(this);
        } catch (Exception e) {
          failure.addSuppressed(e);
        }
      }
      if (failure.getSuppressed().length > 0) {
        throw failure;
      }
    }

    @Override
    public void afterRestore(Context<? extends Resource> context) throws RestoreException {
      var failure = new RestoreException();
      for (Resource each : resources) {
        try {
          each.afterRestore(this);
        } catch (Exception e) {
          failure.addSuppressed(e);
        }
      }
      if (failure.getSuppressed().length > 0) {
        throw failure;
      }
    }
  }
}
