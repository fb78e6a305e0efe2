package dev.cairn.internal.store;

import java.util.Collection;

/** The queues that clients work. */
public interface QueueStore {
  /** Records that these queues are in use. */
  void touch(Collection<String> names);
}
