/** A made-up world for the mock server: jobs that move, fail, wait, crash and are taken over. */

const second = 1000
const minute = 60 * second
const hour = 60 * minute
export const iso = (at) => `${new Date(at).toISOString().slice(0, -1)}000Z`
export const count = (n, atLeast = false) => ({ n: String(n), atLeast })

const begun = Date.now()

function job(id, state, kind, more = {}) {
  const created = begun - (more.age ?? 5 * minute)
  return {
    id: String(id),
    state,
    kind,
    queue: 'default',
    priority: 1,
    attempt: 1,
    maxAttempts: 25,
    tags: [],
    createdAt: iso(created),
    scheduledAt: iso(more.due ? begun + more.due : created),
    attemptedAt: state === 'available' || state === 'scheduled' ? null : iso(created + 2 * second),
    finalizedAt: ['completed', 'cancelled', 'discarded'].includes(state)
      ? iso(created + (more.took ?? 3 * second))
      : null,
    client: state === 'available' || state === 'scheduled' ? null : 'web-3',
    error: null,
    step: null,
    done: null,
    total: null,
    crashes: 0,
    quarantined: null,
    ...more.job,
  }
}

const kinds = ['send_invoice', 'resize_image', 'sync_customer', 'rebuild_search', 'charge_card']
const errors = [
  'java.net.SocketTimeoutException: Read timed out after 10000 ms',
  'com.acme.mail.MailException: 550 5.1.1 <nobody@example.org>: mailbox unavailable',
  'java.lang.IllegalStateException: customer 88123 has no billing address',
]

export const world = {
  jobs: [],
  paused: new Map([['reports', iso(begun - 42 * minute)]]),
  acts: [],
  down: false,
}

function add(one) {
  world.jobs.push(one)
  return one
}

// The heroes.
export const heroes = {
  import: add(
    job('9007199254740993', 'running', 'import_catalog', {
      age: 14 * minute,
      job: {
        queue: 'imports',
        client: 'web-3',
        crashes: 2,
        tags: ['acme', 'nightly'],
        step: 'import',
      },
    }),
  ),
  hash: add(
    job(1_204_118, 'running', 'hash_files', {
      age: 3 * minute,
      job: { queue: 'imports', client: 'worker-2', step: 'hash' },
    }),
  ),
  stalled: add(
    job(1_203_990, 'running', 'export_ledger', {
      age: 26 * minute,
      job: { queue: 'reports', client: 'web-1', step: 'pages', crashes: 1 },
    }),
  ),
  waiting: add(
    job(1_203_771, 'pending', 'close_month', {
      age: 7 * hour,
      job: { queue: 'finance', client: 'web-1', step: 'approval', attempt: 3 },
    }),
  ),
  retrying: add(
    job(1_203_544, 'retryable', 'sync_customer', {
      age: 2 * hour,
      due: 3 * minute,
      job: { attempt: 4, error: errors[0], client: 'web-2', queue: 'crm' },
    }),
  ),
  quarantined: add(
    job(1_203_001, 'running', 'send_newsletter', {
      age: 41 * minute,
      job: { queue: 'mail', client: 'web-2', step: 'send', quarantined: count(3) },
    }),
  ),
  hostile: add(
    job(666, 'discarded', `<img src=x onerror="alert(1)">‮gpj.exe`, {
      age: 9 * hour,
      job: {
        queue: '"><script>alert(2)</script>',
        tags: ['javascript:alert(3)', '\u202eabc', '\u0000\u001b[31mred', '\ud800lone'],
        client: '<svg/onload=alert(4)>',
        error: `${'A'.repeat(900)}<b>bold</b>\u2066\u202e`,
        attempt: 25,
      },
    }),
  ),
}

for (let i = 0; i < 400; i++) {
  const kind = kinds[(i * 7) % kinds.length]
  const state =
    i % 41 === 0
      ? 'discarded'
      : i % 23 === 0
        ? 'retryable'
        : i % 17 === 0
          ? 'scheduled'
          : i % 9 === 0
            ? 'available'
            : i % 67 === 0
              ? 'cancelled'
              : 'completed'
  add(
    job(1_200_000 - i, state, kind, {
      age: (i + 2) * 40 * second,
      due: state === 'scheduled' || state === 'retryable' ? (i % 50) * minute : 0,
      took: ((i * 37) % 90) * 100,
      job: {
        queue: kind === 'charge_card' ? 'finance' : kind === 'send_invoice' ? 'mail' : 'default',
        tags: i % 11 === 0 ? ['acme'] : [],
        error: state === 'discarded' || state === 'retryable' ? errors[i % 3] : null,
        attempt: state === 'discarded' ? 25 : state === 'retryable' ? 2 : 1,
        client: state === 'available' || state === 'scheduled' ? null : `web-${(i % 3) + 1}`,
      },
    }),
  )
}

const step = (name, depth, more) => ({
  name,
  depth,
  position: null,
  finished: false,
  running: false,
  attempt: null,
  startedAt: null,
  savedAt: null,
  spentMs: null,
  done: null,
  total: null,
  rate: null,
  timeLeftMs: null,
  cursor: null,
  cursorPartial: false,
  cursorBytes: null,
  waits: [],
  skippedBy: null,
  ...more,
})

const finished = (name, depth, from, spent, more = {}) =>
  step(name, depth, {
    finished: true,
    attempt: 1,
    startedAt: iso(from),
    savedAt: iso(from + (more.wall ?? spent)),
    spentMs: spent,
    ...more.step,
  })

function moving(name, depth, from, done, total, rate, now, more = {}) {
  const cursor = more.cursor ?? JSON.stringify(done)
  return step(name, depth, {
    running: true,
    attempt: 1,
    startedAt: iso(from),
    savedAt: iso(now - 400),
    spentMs: Math.max(0, now - from - (more.lost ?? 0)),
    done: String(done),
    total: total === null ? null : String(total),
    rate,
    timeLeftMs: total === null || !rate ? null : Math.round(((total - done) / rate) * 1000),
    cursor,
    cursorBytes: cursor.length,
    ...more.step,
  })
}

const mark = (at, kind, text, more = {}) => ({
  at: iso(at),
  kind,
  text,
  by: null,
  attempt: 1,
  ...more,
})

const views = {
  import(now) {
    const t0 = begun - 14 * minute
    const total = 240_000
    const from = t0 + 95 * second
    const done = Math.min(total, 118_000 + Math.floor(((now - begun) / 1000) * 27))
    const sku = `SKU-${String(done * 7 + 13).padStart(8, '0')}`
    const cursor = `{"sku": "${sku}", "row": 90071992547${String(done).padStart(8, '0')}}`
    const curve = []
    for (let at = from; at < now; at += 4000) {
      const gap =
        (at > t0 + 5 * minute && at < t0 + 5 * minute + 40_000) ||
        (at > t0 + 9 * minute && at < t0 + 9.5 * minute)
      const before = curve.at(-1)?.done ?? '0'
      const target =
        at >= begun
          ? 118_000 + ((at - begun) / 1000) * 27
          : (118_000 * (at - from)) / (begun - from)
      curve.push({ at: iso(at), step: 'import', done: gap ? before : String(Math.floor(target)) })
    }
    return {
      sentence: `Running on web-3 for 4 min, attempt 1, taken over twice. In step import, at row ${done.toLocaleString('en-US')} of 240,000.`,
      next: null,
      steps: [
        finished('validate', 0, t0 + 3 * second, 24 * second),
        finished('quote', 0, t0 + 28 * second, 60 * second, { step: { done: '12' } }),
        moving('import', 0, from, done, total, 27.4, now, { cursor, lost: 70 * second }),
        step('enrich', 0, {}),
        step('images', 1, {}),
        step('prices', 1, {}),
        step('publish', 0, { skippedBy: null }),
      ],
      curve,
      marks: [
        mark(t0, 'created', 'created by catalog-api', { attempt: null }),
        mark(t0 + 2 * second, 'claimed', 'claimed by web-1'),
        mark(t0 + 5 * minute, 'crashed', 'Client web-1 was found dead, and the job was taken over'),
        mark(t0 + 5 * minute + 38 * second, 'claimed', 'taken over by web-2'),
        mark(t0 + 7 * minute, 'operation', 'interrupt: deploy of web-2', { by: 'ada' }),
        mark(t0 + 7 * minute + 2 * second, 'interrupted', 'interrupted at a checkpoint'),
        mark(t0 + 7 * minute + 5 * second, 'claimed', 'claimed by web-2'),
        mark(t0 + 9 * minute, 'crashed', 'Client web-2 was found dead, and the job was taken over'),
        mark(t0 + 9.5 * minute, 'claimed', 'taken over by web-3'),
      ],
      operations: [
        { at: iso(t0 + 7 * minute), verb: 'interrupt', by: 'ada', detail: 'deploy of web-2' },
      ],
      progress: done,
    }
  },
  hash(now) {
    const t0 = begun - 3 * minute
    const done = Math.min(46_232, 20_000 + Math.floor(((now - begun) / 1000) * 9))
    return {
      sentence: 'Running on worker-2 for 3 min, attempt 1.',
      steps: [
        finished('scan', 0, t0 + 2 * second, 6 * second),
        moving('hash', 0, t0 + 8 * second, done, 46_232, 9, now, {
          cursor: '"/usr/share/doc/libx11-6/changelog.gz"',
        }),
        step('summarise', 0, {}),
      ],
      curve: line('hash', t0 + 8 * second, now, (at) =>
        at < begun ? (20_000 * (at - t0)) / (begun - t0) : 20_000 + ((at - begun) / 1000) * 9,
      ),
      marks: [
        mark(t0, 'created', 'created', { attempt: null }),
        mark(t0 + 2 * second, 'claimed', 'claimed by worker-2'),
      ],
    }
  },
  stalled(now) {
    const t0 = begun - 26 * minute
    const stuck = begun - 9 * minute
    return {
      sentence: `Running on web-1 for 26 min, attempt 1, taken over once. No progress for ${Math.floor((now - stuck) / minute)} min.`,
      next: {
        verb: 'interrupt',
        text: 'It makes no progress: stop it, so that another client takes it.',
      },
      steps: [
        finished('open', 0, t0 + 3 * second, 8 * second),
        moving('pages', 0, t0 + 12 * second, 71_204, 90_000, 0, now, {
          lost: 20 * second,
          step: { savedAt: iso(stuck), timeLeftMs: null },
          cursor: '{"page": 71204, "after": "2026-09-30"}',
        }),
        step('upload', 0, {}),
      ],
      curve: line('pages', t0 + 12 * second, now, (at) =>
        at > stuck ? 71_204 : (71_204 * (at - t0)) / (stuck - t0),
      ),
      marks: [
        mark(t0, 'created', 'created', { attempt: null }),
        mark(t0 + 3 * second, 'claimed', 'claimed by web-3'),
        mark(
          t0 + 11 * minute,
          'crashed',
          'Client web-3 was found dead, and the job was taken over',
        ),
        mark(t0 + 11 * minute + 20 * second, 'claimed', 'taken over by web-1'),
      ],
    }
  },
  waiting(now) {
    const t0 = begun - 7 * hour
    return {
      sentence: 'Waits since 5 h for signal month-approved, attempt 3.',
      why: {
        text: 'Step approval waits for the signal month-approved, which nobody has sent yet. After 3 days it goes on without.',
        links: [{ text: 'other jobs that wait', view: 'jobs', query: { state: ['pending'] } }],
      },
      next: { verb: 'skip', text: 'Send the signal, or skip the step.' },
      steps: [
        finished('collect', 0, t0 + 4 * second, 31 * minute, { wall: 70 * minute }),
        finished('ledgers', 0, t0 + 71 * minute, 40 * minute),
        finished('ledger de', 1, t0 + 71 * minute, 22 * minute),
        finished('ledger fr', 1, t0 + 71 * minute, 39 * minute),
        step('correct', 0, { finished: true, skippedBy: 'ada' }),
        step('approval', 0, {
          attempt: 3,
          startedAt: iso(t0 + 112 * minute),
          savedAt: iso(t0 + 113 * minute),
          spentMs: 900,
          waits: [{ signal: 'month-approved', job: null }],
        }),
        step('book', 0, {}),
      ],
      curve: [],
      marks: [
        mark(t0, 'created', 'created', { attempt: null }),
        mark(t0 + 2 * second, 'claimed', 'claimed by web-2'),
        mark(t0 + 20 * minute, 'failed', errors[0]),
        mark(t0 + 59 * minute, 'claimed', 'claimed by web-1', { attempt: 2 }),
        mark(t0 + 111 * minute, 'operation', 'skip correct with null', { by: 'ada', attempt: 2 }),
        mark(t0 + 112 * minute, 'claimed', 'claimed by web-1', { attempt: 3 }),
        mark(t0 + 113 * minute, 'interrupted', 'waits for signal month-approved', { attempt: 3 }),
      ],
      operations: [
        {
          at: iso(t0 + 111 * minute),
          verb: 'skip',
          by: 'ada',
          detail: 'correct, with null: no corrections this month',
        },
      ],
      errors: [
        { at: iso(t0 + 20 * minute), attempt: 1, error: errors[0], trace: trace(), same: 1 },
      ],
      now,
    }
  },
  retrying() {
    const t0 = begun - 2 * hour
    return {
      sentence: 'Failed 4 times, last with a SocketTimeoutException. Next try in 3 min.',
      why: { text: 'Attempt 4 failed; the next try is due in 3 minutes.', links: [] },
      next: { verb: 'retry', text: 'Try again now.' },
      steps: [],
      curve: [],
      // When an attempt has failed is not known of those that are tried again.
      marks: [1, 2, 3, 4].map((n) =>
        n === 4
          ? mark(t0 + 96 * minute, 'claimed', 'Claimed by web-2', { by: 'web-2', attempt: n })
          : mark(
              t0 + n * n * 6 * minute,
              'began',
              `Attempt ${n} began. It failed later: ${errors[n === 1 ? 2 : 0]}`,
              { attempt: n },
            ),
      ),
      errors: [
        { at: iso(t0 + 96 * minute), attempt: 4, error: errors[0], trace: trace(), same: 3 },
        { at: iso(t0 + 6 * minute), attempt: 1, error: errors[2], trace: trace(), same: 1 },
      ],
    }
  },
  quarantined(now) {
    const t0 = begun - 41 * minute
    const done = 8_200 + Math.floor(((now - begun) / 1000) * 3)
    return {
      sentence: 'Running on web-2 for 41 min, attempt 1. 3 items are set aside.',
      steps: [
        finished('recipients', 0, t0 + 2 * second, 50 * second, { step: { done: '20000' } }),
        moving('send', 0, t0 + 55 * second, done, 20_000, 3.3, now),
      ],
      curve: line('send', t0 + 55 * second, now, (at) =>
        at < begun ? (8_200 * (at - t0)) / (begun - t0) : 8_200 + ((at - begun) / 1000) * 3,
      ),
      marks: [
        mark(t0, 'created', 'created', { attempt: null }),
        mark(t0 + 2 * second, 'claimed', 'claimed by web-2'),
      ],
      quarantined: { ...count(3), items: quarantineItems('send') },
    }
  },
  hostile() {
    const bad = `<script>alert(5)</script>\u202egnp.scr\u0000\u001b]0;x\u0007`
    const t0 = begun - 9 * hour
    return {
      sentence: `Discarded after 25 attempts: ${bad}`,
      why: { text: bad, links: [{ text: bad, view: 'job', query: { id: '../../evil?<x>' } }] },
      next: null,
      steps: [
        step(bad, 0, {
          startedAt: iso(t0),
          savedAt: iso(t0 + hour),
          spentMs: hour,
          cursor: '{"__proto__": {"x": 1}}',
          cursorBytes: 24,
          attempt: 1,
        }),
        step('B'.repeat(20_000), 1, {
          startedAt: iso(t0),
          savedAt: iso(t0 + hour),
          spentMs: 10,
          waits: [{ signal: bad, job: null }],
          cursor: '['.repeat(3000),
          cursorBytes: 3000,
        }),
        step('skipped\u200b\ud800', 0, { skippedBy: bad, finished: true }),
      ],
      curve: [],
      marks: [
        mark(t0, 'failed', bad, { by: bad }),
        mark(t0 + minute, 'operation', bad, { by: bad }),
      ],
      operations: [{ at: iso(t0), verb: bad, by: bad, detail: bad.repeat(40) }],
      errors: [
        {
          at: iso(t0),
          attempt: 25,
          error: `${bad}\n${'é'.repeat(1_000_000)}`,
          trace: `${bad}\n`.repeat(500),
          same: 2,
        },
      ],
      quarantined: {
        ...count(1),
        items: [
          {
            key: bad,
            step: bad,
            position: `"${'x'.repeat(500)}"`,
            error: bad,
            crashes: 3,
            redrive: true,
            at: iso(t0),
          },
        ],
      },
    }
  },
}

function line(name, from, now, done) {
  const points = []
  const every = Math.max(2000, (now - from) / 500)
  for (let at = from; at <= now; at += every) {
    points.push({ at: iso(at), step: name, done: String(Math.max(0, Math.floor(done(at)))) })
  }
  return points
}

function trace() {
  return `${errors[0]}
\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:278)
\tat com.acme.crm.CrmClient.fetch(CrmClient.java:88)
\tat com.acme.crm.SyncCustomerWorker.work(SyncCustomerWorker.java:41)
\tat dev.cairn.internal.work.Attempt.run(Attempt.java:112)
Caused by: java.io.IOException: connection reset
\t... 12 more`
}

export function quarantineItems(name = 'send') {
  return [41, 977, 6120].map((n, i) => ({
    key: `item ${i}`,
    jobId: heroes.quarantined.id,
    kind: heroes.quarantined.kind,
    step: name,
    position: i === 2 ? `"subscriber-${n}@example.org"` : String(n),
    error: i === 1 ? 'the process died at this item 3 times' : errors[1],
    crashes: i === 1 ? 3 : 0,
    redrive: i === 2,
    at: iso(begun - (30 - n / 300) * minute),
  }))
}

/** Brings the rows of the moving jobs up to date. */
export function tick(now) {
  for (const [name, one] of Object.entries(heroes)) {
    const current = views[name](now).steps?.find((s) => s.running)
    if (current && one.state === 'running') {
      Object.assign(one, { step: current.name, done: current.done, total: current.total })
    }
  }
  if (now - lastInsert > 2500) {
    lastInsert = now
    add(
      job(++nextId, 'completed', kinds[nextId % kinds.length], {
        age: begun - now + 1000,
        took: 700,
      }),
    )
  }
}
let lastInsert = begun
let nextId = 1_204_200

export function viewOf(one, now) {
  const name = Object.keys(heroes).find((hero) => heroes[hero].id === one.id)
  const view = name ? views[name](now) : {}
  const errorList =
    view.errors ??
    (one.error
      ? [{ at: one.attemptedAt, attempt: one.attempt, error: one.error, trace: trace(), same: 1 }]
      : [])
  const current = (view.steps ?? []).find((s) => s.running)
  return {
    now: iso(now),
    job: {
      ...one,
      waitingText: null,
      errors: errorList,
      attemptedBy:
        name === 'import' ? ['web-1', 'web-2', 'web-2', 'web-3'] : one.client ? [one.client] : [],
      interruptions: name === 'import' ? 1 : 0,
      snoozes: 0,
      pauseRequested: Boolean(one.pauseRequested),
      metadataBytes: 412,
      argsBytes: 96,
      outputBytes: one.state === 'completed' ? 31 : null,
    },
    sentence: view.sentence ?? defaultSentence(one),
    why: view.why ?? null,
    next: view.next ?? null,
    progress: current
      ? {
          ...pick(current, ['done', 'total', 'rate', 'timeLeftMs', 'spentMs', 'savedAt']),
          step: current.name,
        }
      : null,
    steps: view.steps ?? [],
    stepsInAll: view.steps?.length ?? 0,
    curve: view.curve ?? [],
    marks: [
      ...(view.marks ?? [mark(Date.parse(one.createdAt), 'created', 'created', { attempt: null })]),
      ...(one.finalizedAt ? [mark(Date.parse(one.finalizedAt), 'finalized', one.state)] : []),
    ],
    quarantined: view.quarantined ?? null,
    operations: [...(view.operations ?? []), ...world.acts.filter((act) => act.job === one.id)],
    verbs: verbsOf(one),
  }
}

function defaultSentence(one) {
  return one.state === 'completed'
    ? `Completed on ${one.client} in its first attempt.`
    : `Is ${one.state}.`
}

function pick(from, names) {
  return Object.fromEntries(names.map((name) => [name, from[name]]))
}

function verbsOf(one) {
  const running = one.state === 'running'
  const ended = one.finalizedAt !== null
  const offer = (verb, text, allowed, because) => ({
    verb,
    text,
    allowed,
    because: allowed ? null : because,
  })
  return [
    offer(
      'interrupt',
      'Stops at its next checkpoint and is available again at once. No attempt is used up.',
      running,
      'The job is not running.',
    ),
    offer(
      'pause',
      'Stops at its next checkpoint and then waits until somebody resumes it.',
      !ended && one.state !== 'pending',
      'The job is not on its way.',
    ),
    offer(
      'resume',
      'Becomes available at once.',
      one.state === 'pending',
      'The job is not paused.',
    ),
    offer(
      'cancel',
      'Stops at its next checkpoint and ends as cancelled.',
      !ended,
      'The job has ended.',
    ),
    offer(
      'retry',
      'Becomes available at once and goes on where its last checkpoint is.',
      !running,
      'The job is running.',
    ),
    offer(
      'rewind',
      'The chosen step and what comes behind it run again in the next attempt.',
      !running,
      'The job is running: pause it first.',
    ),
    offer(
      'skip',
      'The step counts as finished, with the result that you give.',
      !running,
      'The job is running: pause it first.',
    ),
    offer(
      'restart',
      'Starts from zero at once. All its checkpoints are thrown away.',
      !running,
      'The job is running: pause it first.',
    ),
    offer('delete', 'Deletes the job with its checkpoints.', !running, 'The job is running.'),
  ]
}
