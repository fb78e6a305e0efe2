/** The one door through which Cairn calls code of its users. Does not depend on jobs. */
package dev.cairn.internal.foreign;
