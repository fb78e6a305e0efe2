package dev.cairn.samples.quarkus;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;

/** The uploaded files. */
@ApplicationScoped
public class Uploads implements PanacheRepositoryBase<Upload, String> {}
