/** Calls to code of users, and the protection of Cairn from it. Does not depend on jobs. */
package dev.cairn.internal.foreign;
