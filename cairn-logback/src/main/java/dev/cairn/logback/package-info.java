/** Hands what a job logs through Logback on to {@link dev.cairn.log.JobLog}. */
package dev.cairn.logback;
