/** Health, the endpoint {@code cairn} and information for Spring Boot's Actuator. */
@org.jspecify.annotations.NullMarked
package dev.cairn.spring.boot.actuate;
