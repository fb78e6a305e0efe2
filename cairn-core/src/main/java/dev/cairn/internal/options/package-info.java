/** The base of the options that users build. Does not depend on jobs. */
package dev.cairn.internal.options;
