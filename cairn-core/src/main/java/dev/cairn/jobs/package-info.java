/** Reading and changing jobs: rows, queries, progress, operators, queues. */
package dev.cairn.jobs;
