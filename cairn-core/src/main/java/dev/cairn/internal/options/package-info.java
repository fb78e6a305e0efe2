/** The base of the options that users build, and the limits that several of them share. */
package dev.cairn.internal.options;
