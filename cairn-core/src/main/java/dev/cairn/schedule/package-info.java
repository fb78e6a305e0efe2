/** Jobs that are inserted repeatedly: periodic jobs and their schedules. */
package dev.cairn.schedule;
