/** Conformance: what Cairn writes is what River writes, and what River wrote Cairn goes on with. */
package dev.cairn.river;
