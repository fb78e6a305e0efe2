package dev.cairn.shop;

import dev.cairn.JobKind;

/** The job that ships an order. */
@JobKind("ship_order")
record ShipOrder(long order) {}
