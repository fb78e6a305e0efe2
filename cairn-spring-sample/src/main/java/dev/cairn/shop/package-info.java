/**
 * A small shop on Spring Boot, to look at and to copy from: a catalog that is imported in the
 * background, orders that are shipped in the background, users with roles. One idea a file. It uses
 * Cairn as any application does, through the starter, and belongs to no published artifact.
 */
package dev.cairn.shop;
