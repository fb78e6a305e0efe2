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
    Next next = worker;
    for (Middleware outer : middleware.reversed()) {
      Next inner = new Once(outer, next);
      next = () -> outer.work(context, inner);
    }
    next.proceed();
  }

  /**
   * Makes sure that a worker runs at most once, even if the middleware around it calls it twice.
   */
  private static final class Once implements Next {
    private final Middleware caller;
    private final Next next;
    private boolean called;

    Once(Middleware caller, Next next) {
      this.caller = caller;
      this.next = next;
    }

    @Override
    public void proceed() throws Exception {
      if (called) {
        throw new IllegalStateException(
            "middleware %s called next.proceed() twice [CAIRN-113]"
                .formatted(caller.getClass().getName()));
      }
      called = true;
      next.proceed();
    }
  }
}
