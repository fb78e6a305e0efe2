package dev.cairn.spring;

import dev.cairn.schedule.MissedRuns;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Inserts a job whenever it is due. Put it on a method of a bean that returns the arguments of the
 * job, a {@link dev.cairn.JobInsert}, or null to skip a run. The method may have one parameter, the
 * {@link java.time.Instant} at which the run is due. Or put it on a {@link CairnWorker} method
 * whose arguments have a constructor without parameters.
 *
 * <pre>{@code
 * @CairnPeriodic(cron = "0 3 * * *", zone = "Europe/Berlin")
 * NightlyReport nightly(Instant due) {
 *   return new NightlyReport(due.atZone(BERLIN).toLocalDate());
 * }
 * }</pre>
 *
 * <p>The client that leads inserts the job, once for each run; for runs that were due while no
 * client led, see {@link #missed()}. Only one client of the schema leads, and it inserts no job
 * that it does not have. So every application of the schema that may lead needs this method, in all
 * its instances. In the others, set {@code cairn.leads=false}.
 *
 * <p>Every text may use placeholders such as {@code ${app.report.cron}}. The schedule {@code -}
 * switches the periodic job off. Switch it off in all instances or in none.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface CairnPeriodic {
  /**
   * A cron expression of five fields, or six with seconds in front: {@link
   * dev.cairn.schedule.Cron}.
   */
  String cron() default "";

  /** The time zone of the cron expression; UTC unless set. */
  String zone() default "";

  /** The interval, such as {@code 15m}; instead of a cron expression. */
  String every() default "";

  /**
   * The id of the periodic job, unique among those of all programs on the schema. Unless set, it
   * consists of the names of the bean and the method, with a dot for each character that an id
   * cannot have. The time of the next run is stored under this id, so a new id starts a new
   * schedule.
   */
  String id() default "";

  /** What happens to the runs that were missed because no client led. */
  MissedRuns missed() default MissedRuns.ONCE;

  /** Whether the job is also inserted whenever a client becomes the leader. */
  boolean runOnStart() default false;
}
