package dev.cairn.chaos.fuzz;

import dev.cairn.InsertOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Names of queues and tags stay as they are, or are refused with a reason. */
public final class InsertOptionsFuzz {
  private InsertOptionsFuzz() {}

  /** Called by Jazzer, by this name. */
  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    InsertOptions queued = understood(() -> InsertOptions.defaults().withQueue(text));
    if (queued != null) {
      Expect.that(text.equals(queued.queue()), "another queue:", queued.queue());
      Expect.that(!text.isEmpty() && text.length() < 128, "a queue of a wrong length");
    }
    String[] tags = text.split("\n", -1);
    InsertOptions tagged = understood(() -> InsertOptions.defaults().withTags(tags));
    if (tagged != null) {
      Expect.that(tagged.tags().equals(List.of(tags)), "other tags:", tagged.tags());
      for (String tag : tags) {
        Expect.that(
            tag.length() >= 3 && tag.length() < 256 && tag.matches("[A-Za-z0-9_-]+"), "tag", tag);
      }
    }
  }

  private static @Nullable InsertOptions understood(Supplier<InsertOptions> options) {
    try {
      return options.get();
    } catch (IllegalArgumentException refusal) {
      Expect.helpful(refusal);
      return null;
    }
  }
}
