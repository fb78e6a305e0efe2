/**
 * A data source that misbehaves on purpose, for Cairn's own tests. Not part of the test kit's API:
 * it may change or go at any time. It knows nothing of Cairn but how its statements are named.
 */
@NullMarked
package dev.cairn.testing.internal;

import org.jspecify.annotations.NullMarked;
