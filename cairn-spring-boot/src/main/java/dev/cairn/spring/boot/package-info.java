/** Auto-configuration of Cairn for Spring Boot. */
@org.jspecify.annotations.NullMarked
package dev.cairn.spring.boot;
