/** Jobs that are inserted again and again: periodic jobs, and the schedules that say when. */
package dev.cairn.schedule;
