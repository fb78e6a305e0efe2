/** Events of jobs, steps, queues and clients, and their listeners. */
package dev.cairn.event;
