/** The types that an extension of Cairn implements or uses. Never mentions anything internal. */
package dev.cairn.spi;
