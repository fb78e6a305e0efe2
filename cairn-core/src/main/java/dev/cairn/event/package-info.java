/** What is told of jobs, steps, queues and clients, and to whom. */
package dev.cairn.event;
