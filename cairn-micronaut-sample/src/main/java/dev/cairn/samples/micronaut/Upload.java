package dev.cairn.samples.micronaut;

import io.micronaut.data.annotation.Id;
import io.micronaut.data.annotation.MappedEntity;

/**
 * A file that somebody has uploaded.
 *
 * @param imported whether all of its rows are products
 */
@MappedEntity
record Upload(@Id String file, boolean imported) {}
