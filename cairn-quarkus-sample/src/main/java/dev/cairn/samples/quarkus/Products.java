package dev.cairn.samples.quarkus;

import io.quarkus.hibernate.orm.panache.PanacheRepositoryBase;
import jakarta.enterprise.context.ApplicationScoped;

/** The products. */
@ApplicationScoped
public class Products implements PanacheRepositoryBase<Product, String> {}
