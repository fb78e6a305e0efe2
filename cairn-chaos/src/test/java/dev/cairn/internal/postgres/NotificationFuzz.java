package dev.cairn.internal.postgres;

import dev.cairn.chaos.fuzz.Expect;
import dev.cairn.internal.store.Notifications.Listener;
import java.nio.charset.StandardCharsets;
import org.postgresql.PGNotification;

/** Any notification is understood or ignored. */
public final class NotificationFuzz {
  private static final String[] CHANNELS = {
    "public.river_insert", "public.river_control", "public.river_leadership", "elsewhere"
  };

  private NotificationFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    String payload = new String(input, StandardCharsets.UTF_8);
    for (String channel : CHANNELS) {
      PostgresNotifications.dispatch(new Given(channel, payload), new Understood());
    }
  }

  private record Given(String channel, String payload) implements PGNotification {
    @Override
    public String getName() {
      return channel;
    }

    @Override
    public int getPID() {
      return 1;
    }

    @Override
    public String getParameter() {
      return payload;
    }
  }

  /** Checks that it is never called with null. */
  private static final class Understood implements Listener {
    @Override
    @SuppressWarnings("NullAway") // this is what the test checks
    public void inserted(String queue) {
      Expect.that(queue != null, "no queue");
    }

    @Override
    @SuppressWarnings("NullAway")
    public void queuePaused(String queue) {
      Expect.that(queue != null, "no queue");
    }
  }
}
