import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { count, heroes, iso, quarantineItems, tick, viewOf, world } from './world.mjs'

/** A server for developing the page: the API of the dashboard over a made-up world, and the built page. */
const port = Number(process.env.PORT ?? 8091)
const base = process.env.BASE ?? '/'
const page = fileURLToPath(
  new URL('../../../../target/classes/dev/cairn/dashboard/page', import.meta.url),
)
const verbs = [
  'interrupt',
  'pause',
  'resume',
  'cancel',
  'retry',
  'restart',
  'rewind',
  'skip',
  'delete',
  'insert',
  'pauseQueue',
  'resumeQueue',
]

const started = Date.now()

// Not in the pictures of the guide.
if (process.env.TAME) world.jobs.splice(world.jobs.indexOf(heroes.hostile), 1)

/** Names in the findings of doctor; for pictures they are not hostile. */
const odd = process.env.TAME
  ? { queue: 'nightly', index: 'river_job_kind', client: 'web-9' }
  : {
      queue: '"><script>alert(2)</script>',
      index: `river_job_\u202ekind_${'x'.repeat(600)}`,
      client: '<svg/onload=alert(4)>',
    }

const reads = {
  'api/session': () => ({
    user: 'ada',
    verbs: process.env.READER ? [] : verbs,
    args: true,
    version: '0.9.0',
    schema: 'public',
    database: 'PostgreSQL 18.6',
    now: iso(Date.now()),
    title: 'Cairn',
  }),
  'api/overview': overview,
  'api/jobs': (query) => jobs(fromQuery(query)),
  'api/jobs/counts': (query) => ({ states: states(matching(fromQuery(query))) }),
  'api/kinds': (query) => ({
    kinds: [...new Set(world.jobs.map((job) => job.kind))].filter((kind) =>
      kind.startsWith(query.get('prefix') ?? ''),
    ),
  }),
  'api/queues': () => ({ now: iso(Date.now()), queues: queues() }),
  'api/clients': clients,
  'api/periodic': periodic,
  'api/quarantine': () => ({ items: quarantineItems(), next: null }),
  'api/health': health,
  'api/audit': audit,
}

function overview() {
  const now = Date.now()
  const n = 720
  const wave = (i, high, low) =>
    Math.max(0, low + high * Math.sin((i + now / 5000) / 40) ** 2 + ((i * 7919) % 13) / 4)
  const series = (high, low, every) =>
    Array.from({ length: n }, (_, i) =>
      i < 100 ? null : every && i % every > 3 ? 0 : Math.round(wave(i, high, low) * 10) / 10,
    )
  const running = Object.values(heroes).filter((job) => job.state === 'running')
  return {
    now: iso(now),
    states: states(world.jobs).map((one) =>
      one.state === 'completed' ? { ...one, count: count(10_000, true) } : one,
    ),
    rates: {
      stepMs: 5000,
      from: iso(now - n * 5000),
      inserted: series(40, 21),
      insertedAtLeast: false,
      completed: series(38, 20),
      failed: series(2, 0, 30),
      failedAtLeast: false,
      discarded: series(3, 0, 60),
    },
    queues: queues(),
    clients: {
      alive: 4,
      stale: 1,
      leader: 'web-1',
      newestHeartbeat: iso(now - (now % 5000)),
      oldestHeartbeat: iso(now - (now % 5000) - 4000),
    },
    attention: attention(now),
    running: running.map((job) => {
      const view = viewOf(job, now)
      return {
        id: job.id,
        kind: job.kind,
        queue: job.queue,
        attempt: job.attempt,
        client: job.client,
        runningMs: 240_000,
        step: job.step,
        done: job.done,
        total: job.total,
        rate: view.progress?.rate ?? null,
        timeLeftMs: view.progress?.timeLeftMs ?? null,
        stalledMs: job === heroes.stalled ? now - started + 540_000 : 800,
        crashes: job.crashes,
      }
    }),
  }
}

/** In the words of the server. */
function attention(now) {
  const ofJob = (kind, severity, { id, kind: name }, text, n) => ({
    kind,
    severity,
    text: `Job ${id} (${name}) ${text}`,
    jobId: id,
    count: n,
    link: { view: 'job', query: { id } },
  })
  const stuck = 9 + Math.floor((now - started) / 60_000)
  return [
    {
      kind: 'staleClient',
      severity: 'act',
      text: "Client 'web-9' has sent no heartbeat for 6 min, and 2 jobs are still in its name.",
      client: 'web-9',
      count: count(2),
      link: { view: 'clients', query: null },
    },
    {
      kind: 'noClient',
      severity: 'act',
      text: "No client works queue 'nightly', and 25 jobs wait in it.",
      queue: 'nightly',
      count: count(25),
      link: { view: 'queues', query: null },
    },
    ofJob('stalled', 'look', heroes.stalled, `has saved no checkpoint for ${stuck} min.`),
    {
      kind: 'discarded',
      severity: 'look',
      text: "2 jobs of queue 'finance' were discarded: all attempts have failed.",
      queue: 'finance',
      count: count(2),
      link: { view: 'jobs', query: { state: ['discarded'], queue: ['finance'] } },
    },
    ofJob(
      'takenOver',
      'look',
      heroes.import,
      'was taken over twice, because its clients died, the last time 3 min ago.',
      count(2),
    ),
    {
      kind: 'quarantined',
      severity: 'look',
      text: '3 items are put aside after failures: look at the reasons, then work the items again.',
      count: count(3),
      link: { view: 'jobs', query: { sort: 'quarantined' } },
    },
  ]
}

function states(list) {
  const names = [
    'available',
    'cancelled',
    'completed',
    'discarded',
    'pending',
    'retryable',
    'running',
    'scheduled',
  ]
  return names.map((state) => ({
    state,
    count: count(list.filter((job) => job.state === state).length),
  }))
}

function queues() {
  const names = [...new Set(world.jobs.map((job) => job.queue))].sort()
  return names.map((name) => {
    const of = (state) =>
      count(world.jobs.filter((job) => job.queue === name && job.state === state).length)
    const waits = world.jobs.filter((job) => job.queue === name && job.state === 'available')
    return {
      name,
      paused: world.paused.has(name),
      pausedAt: world.paused.get(name) ?? null,
      available: of('available'),
      running: of('running'),
      retryable: of('retryable'),
      scheduled: of('scheduled'),
      discarded: of('discarded'),
      oldestWaitingMs: waits.length
        ? Date.now() - Math.min(...waits.map((job) => Date.parse(job.scheduledAt)))
        : null,
      completedASecond: { default: 21.3, mail: 6, crm: 0.4 }[name] ?? 0,
      createdAt: iso(started - 9e8),
      updatedAt: iso(Date.now() - 20_000),
      metadata: '{}',
    }
  })
}

function clients() {
  const now = Date.now()
  const client = (id, alive, kinds, leads = false) => ({
    id,
    startedAt: iso(started - 3e6),
    heartbeatAt: iso(alive ? now - (now % 5000) : started - 360_000),
    alive,
    leads,
    running: String(kinds.reduce((sum, [, n]) => sum + n, 0)),
    atLeast: false,
    kinds: kinds.map(([kind, n]) => ({ kind, n: String(n) })),
  })
  return {
    now: iso(now),
    leader: 'web-1',
    clients: [
      client(
        'web-1',
        true,
        [
          ['export_ledger', 1],
          ['resize_image', 12],
        ],
        true,
      ),
      client('web-2', true, [
        ['send_newsletter', 1],
        ['send_invoice', 4],
      ]),
      client('web-3', true, [
        ['import_catalog', 1],
        ['resize_image', 9],
        ['charge_card', 2],
      ]),
      client('worker-2', true, [['hash_files', 1]]),
      client('web-9', false, []),
    ],
  }
}

function periodic() {
  const now = Date.now()
  const hour = 3_600_000
  const runs = (every, age, failed = []) =>
    Array.from({ length: 10 }, (_, i) => ({
      id: String(1_203_000 - i),
      state: failed.includes(i) ? 'discarded' : 'completed',
      createdAt: iso(now - age - i * every),
    }))
  const one = (id, kind, next, every, more = {}) => {
    const all = every ? runs(every, every - (next ?? 0), more.failed) : []
    const last = all[0] && {
      ...world.jobs[0],
      ...all[0],
      kind,
      error: all[0].state === 'discarded' ? 'the supplier answers with 503' : null,
    }
    return {
      id,
      durable: next !== null,
      nextRunAt: next === null ? null : iso(now + next),
      movedAt: next === null ? null : iso(now + next - every),
      late: more.late ?? null,
      last: last ?? null,
      runs: all,
    }
  }
  const late =
    "'web-1' leads and has not inserted it: either it does not know this periodic job, or its log says with CAIRN-526 why the insertion fails."
  return {
    now: iso(now),
    leader: 'web-1',
    periodic: [
      one('warehouse/stock levels', 'sync_stock', -2 * hour, 0, { late }),
      one('newsletter: digest', 'send_newsletter', 0.4 * hour, hour),
      one('import/prices', 'import_catalog', 7 * hour, 24 * hour, { failed: [0, 3] }),
      one('heartbeat/queue depth', 'measure_queues', null, 60_000),
    ],
    more: false,
  }
}

/** Who did what, and why. */
function audit() {
  const act = (minutes, user, verb, target, reason) => ({
    at: iso(started - minutes * 60_000),
    user,
    verb,
    target,
    reason,
  })
  return {
    acts: [
      act(
        2,
        process.env.TAME ? 'carol' : odd.client,
        'retry',
        '12 jobs by a search (kind charge_card)',
        'the bank is back',
      ),
      act(42, 'ada', 'pauseQueue', 'queue reports', 'the disk is full'),
      act(50, 'bob', 'delete', 'job 1199998', null),
    ],
  }
}

let looked = 0

/** Everything is well for whoever looks again. */
function health(query) {
  const again = query.get('again') === 'true'
  if (again || Date.now() - looked > 60_000) looked = Date.now()
  const ok = [
    ['server', 'PostgreSQL 18.6'],
    ['settings', 'commits are durable, and autovacuum is on'],
    ['clock', 'this machine and the database differ by 0.003 s'],
    ['connections', '41 of 97 connections are open'],
    ['transaction ids', 'the oldest transaction id is 18,204,551 old, of 2,000,000,000'],
    ['schema', 'line main is at version 8, line cairn is at version 3'],
    ['indexes', 'none is missing, invalid or bloated'],
    ['clients', '4 are alive'],
    ['leader', 'client web-1 leads'],
    ['orphans', 'all running jobs have an alive client'],
    ['replication slots', 'all are in use, or there are none'],
  ].map(([check, what]) => ({ level: 'ok', check, what, todo: null }))
  const wrong = [
    [
      'problem',
      'queues',
      `no client works queue ${odd.queue}: 25 jobs wait, the oldest for 2:15`,
      `start a client with .queue(${JSON.stringify(odd.queue)}, ...)`,
    ],
    [
      'warning',
      'indexes',
      `index ${odd.index} fills 1.2 GiB, but about 310.0 MiB would be enough`,
      `REINDEX INDEX CONCURRENTLY "${odd.index}"`,
    ],
    [
      'warning',
      'kinds',
      'no job of kind resize_image has ended in the last day, and 25 jobs wait or are retried',
      'is there a worker for it? ./cairn jobs list --kind resize_image',
    ],
    [
      'note',
      'clients',
      `client ${odd.client} has not sent a heartbeat for 1:02:03`,
      'if it should be running, check that its process is alive and reaches the database',
    ],
    [
      'note',
      'transactions',
      '3 sessions of other roles are hidden from this role',
      'GRANT pg_read_all_stats TO the role that runs doctor',
    ],
  ].map(([level, check, what, todo]) => ({ level, check, what, todo }))
  return {
    at: iso(looked),
    ageMs: Date.now() - looked,
    againInMs: Math.max(0, looked + 5000 - Date.now()),
    level: again ? 'ok' : 'problem',
    findings: again ? ok : [...wrong, ...ok],
    versions: [
      { line: 'main', version: 8, newest: 8 },
      { line: 'cairn', version: again ? 3 : 2, newest: 3 },
    ],
  }
}

const fields = ['state', 'kind', 'queue', 'tag', 'priority', 'id']

function fromQuery(query) {
  const lists = fields.map((field) => [field, query.getAll(field)])
  return { ...Object.fromEntries(query), ...Object.fromEntries(lists) }
}

function matching(filter) {
  const any = (wanted, has) =>
    !wanted || wanted.length === 0 || wanted.some((one) => has.includes(one))
  return world.jobs.filter(
    (job) =>
      any(filter.state, [job.state]) &&
      any(filter.kind, [job.kind]) &&
      any(filter.queue, [job.queue]) &&
      any(filter.tag, job.tags) &&
      any(filter.id, [job.id]) &&
      any(filter.priority, [String(job.priority)]) &&
      (!filter.createdFrom || job.createdAt >= filter.createdFrom) &&
      (!filter.createdTo || job.createdAt < filter.createdTo),
  )
}

function jobs(filter) {
  let list = matching(filter)
  if (filter.sort) {
    list = list.filter((job) => job.step !== null)
    return { now: iso(Date.now()), jobs: list, next: null, partial: false }
  }
  list.sort((a, b) => Number(BigInt(b.id) - BigInt(a.id)) * (filter.dir === 'asc' ? -1 : 1))
  const from = Number(filter.after ?? 0)
  const limit = Number(filter.limit ?? 50)
  return {
    now: iso(Date.now()),
    jobs: list.slice(from, from + limit),
    next: from + limit < list.length ? String(from + limit) : null,
    partial: false,
  }
}

function jobRead(id, part, query) {
  const job = world.jobs.find((one) => one.id === id)
  if (!job) throw problem(404, 'not_found', `There is no job ${id}. It may have been deleted.`)
  if (part === undefined) return viewOf(job, Date.now())
  if (part === 'log') return log(job, query)
  const json = {
    args:
      job === heroes.hostile
        ? hostileJson()
        : '{"catalog": "spring-2027", "tenant": 9007199254740993, "ratio": 0.10000000000000000555, "since": "2026-11-01", "options": {"dryRun": false, "limit": null, "shops": ["de", "fr", "it"]}}',
    metadata: `{"river:log": [], "cairn:operations": [], "trace": "00-4bf92f3577b34da6a3ce929d0e0e4736"}`,
    output: job.state === 'completed' ? '{"rows": 240000, "skipped": 3}' : null,
  }[part]
  if (json === undefined) throw problem(404, 'not_found', 'There is no such part of a job.')
  return {
    json,
    bytes: json?.length ?? 0,
    truncated: false,
    hidden: false,
    redacted: part === 'args',
  }
}

function hostileJson() {
  return JSON.stringify({
    '<b>key</b>': '<script>alert(6)</script>',
    '\u202ekey': '\u0000',
    long: 'x'.repeat(200_000),
  })
}

function log(job, query) {
  const attempt = Number(query.get('attempt') ?? job.attempt)
  const levels = ['INFO ', 'INFO ', 'DEBUG', 'INFO ', 'WARN ', 'INFO ', 'ERROR']
  const n = job.state === 'running' ? 60 + Math.floor((Date.now() - started) / 2000) : 60
  const lines = Array.from({ length: n }, (_, i) => {
    const at = new Date(started - 60_000 + i * 1000).toISOString().slice(11, 23)
    const level = levels[(i * 5) % 7]
    const more =
      level === 'ERROR'
        ? '\njava.io.IOException: 503 from prices.example\n\tat com.acme.Prices.read(Prices.java:31)'
        : ''
    return `${at} ${level} com.acme.Import - ${job === heroes.hostile ? '<img src=x onerror=alert(7)> \u202e' : `batch ${i} of 250 rows written`}${more}`
  })
  return {
    attempts: Array.from({ length: Math.max(1, job.attempt) }, (_, i) => ({
      attempt: i + 1,
      bytes: 4096 * (i + 1),
    })).slice(-5),
    attempt,
    text: lines.join('\n'),
    truncated: false,
  }
}

function write(path, body) {
  const act = /^api\/jobs\/([^/]+)\/acts$/.exec(path)
  if (path === 'api/jobs/search') return jobs(body)
  if (path === 'api/jobs/acts/preview') {
    const found = targets(body)
    return {
      count: count(found.length),
      ids: found.map((one) => one.id),
      sample: found.slice(0, 5),
    }
  }
  if (path === 'api/jobs') return insert(body)
  if (path === 'api/jobs/acts') {
    const found = targets(body).slice(0, body.most)
    for (const job of found) change(job, body.verb)
    return { changed: found.length, more: false, stopped: null }
  }
  if (act) {
    const job = world.jobs.find((one) => one.id === decodeURIComponent(act[1]))
    if (!job) throw problem(404, 'not_found', 'There is no such job.')
    const offer = viewOf(job, Date.now()).verbs.find((one) => one.verb === body.verb)
    if (!offer?.allowed) throw problem(409, 'conflict', offer?.because ?? 'That does not fit.')
    change(job, body.verb)
    world.acts.push({
      job: job.id,
      at: iso(Date.now()),
      verb: body.verb,
      by: 'ada',
      detail: [body.step, body.cursor, body.reason].filter(Boolean).join(': '),
    })
    return { job, text: `Done: ${body.verb} of job ${job.id}.` }
  }
  const queue = /^api\/queues\/([^/]+)\/acts$/.exec(path)
  if (queue) {
    const name = decodeURIComponent(queue[1])
    if (body.verb === 'pauseQueue') world.paused.set(name, iso(Date.now()))
    else world.paused.delete(name)
    return { queue: queues().find((one) => one.name === name) }
  }
  throw problem(404, 'not_found', 'There is no such act.')
}

function insert(body) {
  const of = body.copyOf && world.jobs.find((one) => one.id === body.copyOf)
  const kind = of ? of.kind : body.kind
  if (!/^\w[\w\-.]+$/.test(kind ?? ''))
    throw problem(400, 'invalid', `kind '${kind}' must have 2 to 127 characters`, 'kind')
  const job = {
    ...world.jobs[0],
    id: String(1 + Math.max(...world.jobs.map((one) => Number(one.id)))),
    kind,
    state: 'available',
    queue: body.queue ?? 'default',
    priority: body.priority ?? 1,
    maxAttempts: body.maxAttempts ?? 25,
    tags: body.tags ?? [],
    attempt: 0,
    createdAt: iso(Date.now()),
    scheduledAt: body.scheduledAt ?? iso(Date.now()),
    attemptedAt: null,
    finalizedAt: null,
    client: null,
    error: null,
    step: null,
  }
  world.jobs.push(job)
  return { job, text: `Job ${job.id} was inserted.` }
}

function targets(body) {
  return body.ids ? world.jobs.filter((job) => body.ids.includes(job.id)) : matching(body.filter)
}

function change(job, verb) {
  if (verb === 'cancel') Object.assign(job, { state: 'cancelled', finalizedAt: iso(Date.now()) })
  if (['retry', 'restart', 'resume', 'interrupt'].includes(verb))
    Object.assign(job, { state: 'available', finalizedAt: null, scheduledAt: iso(Date.now()) })
  if (verb === 'pause')
    Object.assign(job, job.state === 'running' ? { pauseRequested: true } : { state: 'pending' })
  if (verb === 'delete') world.jobs.splice(world.jobs.indexOf(job), 1)
}

function problem(status, code, message, field = null) {
  return Object.assign(new Error(message), { status, code, field })
}

function read(path, query) {
  if (world.down)
    throw problem(503, 'unavailable', 'The database does not answer: connection refused.')
  const job = /^api\/jobs\/([^/]+)(?:\/([a-z]+))?$/.exec(path)
  if (reads[path]) return reads[path](query)
  if (job) return jobRead(decodeURIComponent(job[1]), job[2], query)
  throw problem(404, 'not_found', 'There is no such address.')
}

function stream(response, path, query) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  let last = ''
  const look = () => {
    let event = 'data'
    let text
    try {
      text = JSON.stringify(read(path, query))
    } catch (e) {
      event = 'trouble'
      text = JSON.stringify({ error: { code: e.code, message: e.message } })
    }
    if (text !== last) response.write(`event: ${event}\ndata: ${text}\n\n`)
    last = text
  }
  look()
  const timer = setInterval(look, 1000)
  response.on('close', () => clearInterval(timer))
}

const types = {
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain',
}

function file(response, path) {
  const asset = join(page, normalize(`/${path}`))
  if (path !== '' && path !== 'index.html' && extname(path) && existsSync(asset)) {
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream' })
    return response.end(readFileSync(asset))
  }
  const nonce = randomBytes(16).toString('base64')
  const html = readFileSync(join(page, 'index.html'), 'utf8')
    .replaceAll('__BASE__', base)
    .replaceAll('__NONCE__', nonce)
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
  })
  response.end(html)
}

async function handle(request, response) {
  const url = new URL(request.url, 'http://localhost')
  const path = url.pathname.slice(base.length)
  if (path.startsWith('mock/')) {
    world.down = path === 'mock/down'
    return json(response, 200, { down: world.down })
  }
  if (!path.startsWith('api/')) return file(response, path)
  if (request.method === 'POST') {
    let body = ''
    for await (const part of request) body += part
    return json(response, 200, write(path, JSON.parse(body)))
  }
  if (request.headers.accept === 'text/event-stream') {
    if (!/^api\/jobs\/[^/]+$/.test(path) || path === 'api/jobs/counts')
      return stream(response, path, url.searchParams)
    read(path, url.searchParams)
    return stream(response, path, url.searchParams)
  }
  json(response, 200, read(path, url.searchParams))
}

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

setInterval(() => tick(Date.now()), 500)
createServer((request, response) => {
  handle(request, response).catch((e) => {
    const error = { code: e.code ?? 'invalid', message: e.message, field: e.field ?? null }
    json(response, e.status ?? 500, { error })
  })
}).listen(port, '127.0.0.1', () => console.log(`http://127.0.0.1:${port}${base}`))
