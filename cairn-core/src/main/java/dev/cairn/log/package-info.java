/** Logs that are kept with their job, in River's form. Built only from middleware. */
package dev.cairn.log;
