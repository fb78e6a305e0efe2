package dev.cairn.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes a method of a bean the worker of one kind of job. The method returns {@code void}. One
 * parameter takes the arguments of the job, or a {@code Job} with them. Further parameters, in any
 * order, may be {@link dev.cairn.WorkContext} and {@link dev.cairn.resumable.Steps}. If a method
 * has any other shape, the application does not start.
 *
 * <pre>{@code
 * @CairnWorker(queue = "imports", progressDeadline = "30m")
 * void importCatalog(ImportCatalog args, Steps steps) throws Exception {
 *   steps.forEachTx("rows", catalog(args), 100, rows -> products.saveAll(rows));
 * }
 * }</pre>
 *
 * <p>The limits that an annotation leaves out are those of the client, from {@code cairn.resume.*}
 * or a {@link CairnBuilderCustomizer}.
 *
 * <p>Every attribute may use placeholders such as {@code ${app.imports.queue}}. Durations are
 * written as in {@code application.properties}: {@code 30s}, {@code 10m} or {@code PT1H}. A bean
 * that implements {@link dev.cairn.Worker} is a worker without this annotation.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface CairnWorker {
  /**
   * The kind that the {@link dev.cairn.JobKind} of the arguments must have; not checked if empty.
   * For readers of the code, and so that a renamed kind does not go unnoticed. It gives arguments
   * without {@code @JobKind} no kind: the application does not start with such arguments.
   */
  String value() default "";

  /**
   * The queue of new jobs of this kind, if their insertion names none. This application also works
   * the queue. {@code cairn.queues.<name>.max-workers}, or else {@code cairn.max-workers}, says how
   * many of its jobs may run at once.
   *
   * <p>Only applications with this worker know it. For jobs that others insert, let the arguments
   * implement {@link dev.cairn.InsertDefaults}.
   */
  String queue() default "";

  /**
   * How many attempts new jobs of this kind have, unless their insertion says otherwise. Only
   * applications with this worker know it, as with {@link #queue}.
   */
  String maxAttempts() default "";

  /** How long an attempt may take, as {@link dev.cairn.Worker#timeout}; {@code 0} for no limit. */
  String timeout() default "";

  /**
   * How long an attempt may go without moving a checkpoint, as {@link
   * dev.cairn.ResumePolicy#withProgressDeadline}; {@code 0} for no limit.
   */
  String progressDeadline() default "";

  /** How long an attempt may hold its slot, as {@link dev.cairn.ResumePolicy#withMaxRuntime}. */
  String maxRuntime() default "";

  /** After how many interruptions the job is discarded. */
  String interruptionsMax() default "";

  /**
   * After how many failed attempts in its whole life the job is discarded, even if progress renews
   * them, as {@link dev.cairn.ResumePolicy#withTotalFailuresMax}.
   */
  String totalFailuresMax() default "";

  /**
   * After how many attempts in a row without progress an event is published, as {@link
   * dev.cairn.ResumePolicy#withNoProgressAfter}.
   */
  String noProgressAfter() default "";

  /**
   * Whether attempts that make progress are not counted, as {@link
   * dev.cairn.ResumePolicy#renewedByProgress}.
   */
  boolean renewedByProgress() default false;
}
