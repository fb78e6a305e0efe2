/** Logs that are kept with their job, in River's form. Built of middleware alone. */
package dev.cairn.log;
