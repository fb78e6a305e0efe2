/** What options that users build are made of. Knows nothing of jobs. */
package dev.cairn.internal.options;
