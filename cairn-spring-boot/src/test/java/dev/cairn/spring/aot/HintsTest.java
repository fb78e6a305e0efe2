package dev.cairn.spring.aot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.reflection;
import static org.springframework.aot.hint.predicate.RuntimeHintsPredicates.resource;

import dev.cairn.ClientStatus;
import dev.cairn.JobInsert;
import dev.cairn.WorkContext;
import dev.cairn.jobs.QueueRow;
import dev.cairn.resumable.Steps;
import dev.cairn.spring.CairnPeriodic;
import dev.cairn.spring.CairnWorker;
import dev.cairn.spring.boot.CairnProperties;
import dev.cairn.spring.boot.actuate.CairnEndpoint;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.aot.generate.ClassNameGenerator;
import org.springframework.aot.generate.DefaultGenerationContext;
import org.springframework.aot.generate.InMemoryGeneratedFiles;
import org.springframework.aot.hint.MemberCategory;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.TypeReference;
import org.springframework.boot.test.util.TestPropertyValues;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.javapoet.ClassName;

/** What a native image is told of an application's jobs. */
class HintsTest {
  private static final RuntimeHints HINTS = hints();

  /** The hints for {@link Shop}. */
  static RuntimeHints hints() {
    var context = new AnnotationConfigApplicationContext();
    TestPropertyValues.of("management.endpoints.web.exposure.include=*").applyTo(context);
    context.register(Shop.class);
    var generation =
        new DefaultGenerationContext(
            new ClassNameGenerator(ClassName.get("dev.cairn.spring.aot", "Generated")),
            new InMemoryGeneratedFiles());
    new ApplicationContextAotGenerator().processAheadOfTime(context, generation);
    return generation.getRuntimeHints();
  }

  /** The arguments of beans, methods and periodic jobs, what is within, and what is elsewhere. */
  static Stream<Class<?>> boundTypes() {
    return Stream.of(
        Shop.Ship.class,
        Shop.Item.class,
        Shop.Payment.Card.class,
        Shop.Payment.Invoice.class,
        Shop.Address.class,
        Shop.Mail.class,
        Shop.Count.class,
        Shop.Tick.class,
        Shop.Started.class,
        Shop.Return.class,
        Shop.Audit.class,
        Shop.Elsewhere.class);
  }

  @ParameterizedTest
  @MethodSource("boundTypes")
  void argumentsCanBeWrittenAndRead(Class<?> type) {
    assertThat(
            reflection()
                .onType(type)
                .withMemberCategory(MemberCategory.INVOKE_DECLARED_CONSTRUCTORS))
        .accepts(HINTS);
    assertThat(type.getRecordComponents())
        .allSatisfy(component ->
            assertThat(reflection().onMethodInvocation(component.getAccessor())).accepts(HINTS));
  }

  @Test
  void sealedTypesAreRegisteredThemselves() {
    assertThat(reflection().onType(Shop.Payment.class)).accepts(HINTS);
  }

  @Test
  void annotatedMethodsCanBeFoundAndCalled() throws Exception {
    assertThat(
            Stream.of(
                Shop.Orders.class.getDeclaredMethod(
                    "ship", Shop.Ship.class, Steps.class, WorkContext.class),
                Shop.Report.class.getDeclaredMethod("tick", java.time.Instant.class),
                Shop.Report.class.getDeclaredMethod(
                    "ticked", dev.cairn.Job.class, WorkContext.class),
                Shop.Report.class.getDeclaredMethod("started", Shop.Started.class),
                Shop.Report.class.getDeclaredMethod("never"),
                Shop.Generic.class.getDeclaredMethod("work", Object.class, WorkContext.class),
                Shop.Proxied.class.getDeclaredMethod("audit", Shop.Audit.class, WorkContext.class),
                Shop.Audits.class.getDeclaredMethod("audit", Shop.Audit.class, WorkContext.class)))
        .allSatisfy(method -> assertThat(reflection().onMethodInvocation(method)).accepts(HINTS));
    for (Class<?> annotation : new Class<?>[] {CairnWorker.class, CairnPeriodic.class}) {
      assertThat(
              reflection()
                  .onType(annotation)
                  .withMemberCategory(MemberCategory.INVOKE_DECLARED_METHODS))
          .accepts(HINTS);
    }
  }

  @Test
  void nothingIsRegisteredAsArgumentsThatIsNone() {
    assertThat(HINTS.reflection().getTypeHint(TypeReference.of(JobInsert.class))).isNull();
    assertThat(HINTS.reflection().getTypeHint(TypeReference.of(Steps.class))).isNull();
  }

  @Test
  void migrationsAreResources() {
    assertThat(resource().forResource("dev/cairn/migrate/cairn/001_clients_and_checkpoints.up.sql"))
        .accepts(HINTS);
  }

  /** By Spring Boot itself. */
  @Test
  void propertiesAndAnswersOfTheEndpointAreBound() {
    assertThat(reflection().onType(CairnProperties.Queue.class)).accepts(HINTS);
    for (Class<?> type :
        new Class<?>[] {CairnEndpoint.Overview.class, ClientStatus.class, QueueRow.class}) {
      assertThat(reflection().onType(type)).accepts(HINTS);
    }
  }
}
