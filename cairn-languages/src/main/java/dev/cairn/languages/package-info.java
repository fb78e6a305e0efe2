/**
 * Tests of Cairn with types that Lombok completes. There is no other code here, and nothing of it
 * is published: Lombok belongs to no other module.
 */
@NullMarked
package dev.cairn.languages;

import org.jspecify.annotations.NullMarked;
