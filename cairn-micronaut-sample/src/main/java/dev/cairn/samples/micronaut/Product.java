package dev.cairn.samples.micronaut;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/** A row of the application's own. */
@MappedEntity
record Product(@Id String name) {}
