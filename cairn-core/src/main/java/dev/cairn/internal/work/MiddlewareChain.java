package dev.cairn.internal.work;

import dev.cairn.spi.Middleware;
import dev.cairn.spi.Middleware.Next;
import dev.cairn.spi.MiddlewareContext;
import java.util.List;

/** The middleware of a client, wrapped around a worker, outermost first. */
record MiddlewareChain(List<Middleware> middleware) {
  MiddlewareChain {
    middleware = List.copyOf(middleware);
  }

  void work(MiddlewareContext context, Next worker) throws Exception {
    new Link(context, worker, 0).proceed();
  }

  /**
   * The rest of the chain from one place on. Runs once, even if the middleware before calls it
   * twice.
   */
  private final class Link implements Next {
    private final MiddlewareContext context;
    private final Next worker;
    private final int place;
    private boolean called;

    Link(MiddlewareContext context, Next worker, int place) {
      this.context = context;
      this.worker = worker;
      this.place = place;
    }

    @Override
    public void proceed() throws Exception {
      if (called) {
        throw new IllegalStateException(
            "middleware %s called next.proceed() twice [CAIRN-113]"
                .formatted(middleware.get(place - 1).getClass().getName()));
      }
      called = true;
      if (place == middleware.size()) {
        worker.proceed();
      } else {
        middleware.get(place).work(context, new Link(context, worker, place + 1));
      }
    }
  }
}
