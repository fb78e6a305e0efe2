package dev.cairn.internal.work;

import dev.cairn.InterruptionReason;
import dev.cairn.event.EventKind;
import dev.cairn.event.QueueEvent;
import dev.cairn.internal.store.Notifications;

/** Passes on the notifications about queues and running jobs. */
record NotificationRouter(
    WorkedQueues queues, RunningJobsWatcher watcher, EventBus events, EventDispatcher dispatcher)
    implements Notifications.Listener {
  @Override
  public void inserted(String queue) {
    queues.wake(queue);
  }

  @Override
  public void queuePaused(String queue) {
    dispatcher.dispatch(() -> events.publish(new QueueEvent(EventKind.QUEUE_PAUSED, queue)));
    watcher.queueIsSaidToBePaused();
  }

  @Override
  public void queueResumed(String queue) {
    dispatcher.dispatch(() -> events.publish(new QueueEvent(EventKind.QUEUE_RESUMED, queue)));
    if (queue.equals("*")) {
      queues.wakeAll();
    } else {
      queues.wake(queue);
    }
  }

  @Override
  public void interruptRequested(long jobId, InterruptionReason reason) {
    watcher.jobIsSaidToStop(jobId);
  }
}
