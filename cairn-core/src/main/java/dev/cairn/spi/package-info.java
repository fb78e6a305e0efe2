/** What an extension of Cairn implements or builds on. Never mentions anything internal. */
package dev.cairn.spi;
