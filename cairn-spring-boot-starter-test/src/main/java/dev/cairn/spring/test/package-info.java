/** Tests of Spring Boot applications that insert and work jobs with Cairn. */
@org.jspecify.annotations.NullMarked
package dev.cairn.spring.test;
