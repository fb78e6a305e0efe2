/** The logs of jobs in an application. */
@org.jspecify.annotations.NullMarked
package dev.cairn.spring.boot.log;
