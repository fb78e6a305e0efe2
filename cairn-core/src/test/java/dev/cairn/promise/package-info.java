/** Attacks on what Cairn promises: each test is named for the fault that it holds. */
package dev.cairn.promise;
