/** Cairn in Spring: workers and periodic jobs as beans, and steps in Spring's transactions. */
@org.jspecify.annotations.NullMarked
package dev.cairn.spring;
