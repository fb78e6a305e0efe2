/** Looking at jobs and acting on them: rows, queries, progress, operators, queues. */
package dev.cairn.jobs;
