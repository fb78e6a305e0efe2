package dev.cairn.samples.micronaut;

import io.micronaut.data.jdbc.annotation.JdbcRepository;
import io.micronaut.data.model.query.builder.sql.Dialect;
import io.micronaut.data.repository.CrudRepository;

/** The uploaded files. */
@JdbcRepository(dialect = Dialect.POSTGRES)
interface Uploads extends CrudRepository<Upload, String> {}
