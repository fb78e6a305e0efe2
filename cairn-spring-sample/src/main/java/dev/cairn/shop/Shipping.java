package dev.cairn.shop;

import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnWorker;
import org.springframework.stereotype.Component;

/** Ships orders, in a queue of their own, so that they do not wait for a long import. */
@Component
class Shipping {
  private final Parcels parcels;

  Shipping(Parcels parcels) {
    this.parcels = parcels;
  }

  @CairnWorker(queue = "shipping")
  void ship(ShipOrder args, Steps steps) throws Exception {
    steps.stepTx("parcel", () -> parcels.save(new Parcel(args.order())));
  }
}
