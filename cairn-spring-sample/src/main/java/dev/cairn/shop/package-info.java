/**
 * A small shop on Spring Boot, to read and to copy from: a catalog that is imported in the
 * background, orders that are shipped in the background, users with roles. Each file shows one
 * idea. The shop uses Cairn through the starter, as any application does, and is never published.
 */
package dev.cairn.shop;
