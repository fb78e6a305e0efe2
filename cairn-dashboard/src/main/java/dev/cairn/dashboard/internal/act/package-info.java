/** What users do to jobs and queues, through the public API of Cairn, and the list of it. */
package dev.cairn.dashboard.internal.act;
