package shop.jobs;

import dev.cairn.Job;
import dev.cairn.JobKind;
import dev.cairn.WorkContext;
import dev.cairn.Workers;
import dev.cairn.resumable.Steps;
import dev.cairn.spi.JacksonCodec;
import java.time.Instant;
import java.util.List;

/** A job of a program in modules. */
public final class Shipping {
  private Shipping() {}

  @JobKind("ship_order")
  record ShipOrder(long order, List<Line> lines, Method method) {}

  record Line(String article, int count) {}

  sealed interface Method {}

  record Post(Instant before) implements Method {}

  record Collect() implements Method {}

  /** As a client does it: what goes in, and what comes out. */
  public static String thereAndBack() {
    var args =
        new ShipOrder(7, List.of(new Line("lamp", 2)), new Post(Instant.parse("2026-11-26T09:00:00Z")));
    JacksonCodec codec = JacksonCodec.create();
    codec.requireArguments(ShipOrder.class);
    codec.requireExact(Line.class);
    Object back = codec.decode(codec.encode(args), ShipOrder.class);
    Object line = codec.decodeExactly(codec.encodeExactly(args.lines().getFirst(), Line.class), Line.class);
    return back.equals(args) && args.lines().contains(line) ? "equal" : back + " and " + line;
  }

  static Workers workers() {
    return Workers.builder().register(ShipOrder.class, Shipping::work).build();
  }

  private static void work(Job<ShipOrder> job, WorkContext context) throws Exception {
    Steps.of(context).step("ship", () -> {});
  }
}
