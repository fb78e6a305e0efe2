package dev.cairn.samples.micronaut;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/**
 * An uploaded file.
 *
 * @param imported whether all of its rows have become products
 */
@MappedEntity
record Upload(@Id String file, boolean imported) {}
