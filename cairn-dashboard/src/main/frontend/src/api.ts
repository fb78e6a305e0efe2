/** The types of the JSON API, as the server sends them. 64-bit integers are strings, so that none is rounded. */

export type State =
  | 'available'
  | 'cancelled'
  | 'completed'
  | 'discarded'
  | 'pending'
  | 'retryable'
  | 'running'
  | 'scheduled'

/** An ISO instant. */
export type Instant = string

/** JSON of the users, exactly as it is stored. */
export type JsonText = string

/** A bounded count: `atLeast` means that the server stopped counting there. */
export interface Count {
  n: string
  atLeast: boolean
}

export interface ApiErrorBody {
  error: { code: string; message: string; field?: string | null }
}

export type Verb =
  | 'interrupt'
  | 'pause'
  | 'resume'
  | 'cancel'
  | 'retry'
  | 'restart'
  | 'rewind'
  | 'skip'
  | 'redrive'
  | 'delete'
  | 'insert'
  | 'pauseQueue'
  | 'resumeQueue'

export interface Session {
  user: string
  verbs: Verb[]
  args: boolean
  version: string | null
  schema: string
  database: string
  now: Instant
  title: string
}

export type View = 'job' | 'jobs' | 'queues' | 'clients' | 'quarantine'
export type LinkQuery = Record<string, string | number | boolean | string[] | null>

export interface ViewLink {
  view: View
  query?: LinkQuery | null
}

export interface Attention {
  kind: string
  severity: 'act' | 'look'
  text: string
  jobId?: string | null
  queue?: string | null
  client?: string | null
  count?: Count | null
  link: ViewLink
}

export interface Rates {
  stepMs: number
  from: Instant
  inserted: (number | null)[]
  /** Whether more jobs may have been inserted in the last step. */
  insertedAtLeast?: boolean
  completed: (number | null)[]
  failed: (number | null)[]
  /** Whether more attempts may have failed in the last step. */
  failedAtLeast: boolean
  discarded: (number | null)[]
}

/** Since when a queue is paused, and by whom and why, if that is known. */
export interface QueuePause {
  at: Instant
  by?: string | null
  reason?: string | null
}

export interface QueueSummary {
  name: string
  paused: boolean
  pausedAt: Instant | null
  pausedBy?: string | null
  pauseReason?: string | null
  /** Whether the queue has a row, so that it can be paused. */
  known?: boolean
  pending?: Count
  available: Count
  running: Count
  retryable: Count
  scheduled: Count
  discarded: Count
  oldestWaitingMs: number | null
}

export interface RunningJob {
  id: string
  kind: string
  queue: string
  attempt: number
  client: string | null
  runningMs: number | null
  step: string | null
  done: string | null
  total: string | null
  rate: number | null
  timeLeftMs: number | null
  stalledMs: number | null
  crashes: number
}

export interface StateCount {
  state: State
  count: Count
}

export interface OverviewData {
  now: Instant
  states: StateCount[]
  rates: Rates
  queues: QueueSummary[]
  clients: {
    alive: number
    stale: number
    leader: string | null
    /** Of those that are alive. */
    newestHeartbeat: Instant | null
    oldestHeartbeat: Instant | null
  }
  attention: Attention[]
  running: RunningJob[]
}

export interface JobSummary {
  id: string
  state: State
  kind: string
  queue: string
  priority: number
  attempt: number
  maxAttempts: number
  tags: string[]
  createdAt: Instant
  scheduledAt: Instant
  attemptedAt: Instant | null
  finalizedAt: Instant | null
  client: string | null
  error: string | null
  step: string | null
  done: string | null
  total: string | null
  /** Null where the metadata are too large to look. */
  crashes: number | null
  quarantined: Count | null
}

export interface JobsData {
  now: Instant
  jobs: JobSummary[]
  next: string | null
  partial: boolean
}

export interface CountsData {
  states: StateCount[]
}

export interface JobError {
  /** When its attempt began. */
  at: Instant | null
  /** When its attempt ended, as far as it is known. */
  endedAt?: Instant | null
  attempt: number
  error: string
  trace: string | null
  same: number
}

export interface JobDetail extends JobSummary {
  waitingText: string | null
  errors: JobError[]
  attemptedBy: string[]
  interruptions: number
  snoozes: number
  pauseRequested: boolean
  cancelRequested?: boolean
  errorsInAll?: number
  metadataBytes: number | null
  argsBytes: number | null
  outputBytes: number | null
}

export interface WhyLink extends ViewLink {
  text: string
}

export interface Why {
  text: string
  links: WhyLink[]
}

export interface Progress {
  step: string | null
  done: string | null
  total: string | null
  rate: number | null
  timeLeftMs: number | null
  spentMs: number | null
  savedAt: Instant | null
}

export interface Wait {
  signal: string | null
  job: string | null
}

export interface Step {
  name: string
  depth: number
  /** Its place in the order of the plan. */
  position: number | null
  finished: boolean
  running: boolean
  attempt: number | null
  startedAt: Instant | null
  savedAt: Instant | null
  spentMs: number | null
  done: string | null
  total: string | null
  rate: number | null
  timeLeftMs: number | null
  cursor: JsonText | null
  /** Whether a part of the cursor is hidden, or its end is missing. */
  cursorPartial: boolean
  cursorBytes: number | null
  waits: Wait[]
  skippedBy: string | null
}

export interface CurvePoint {
  at: Instant
  step: string
  done: string | null
}

export type MarkKind =
  | 'created'
  | 'due'
  | 'began'
  | 'claimed'
  | 'failed'
  | 'interrupted'
  | 'crashed'
  | 'operation'
  | 'finalized'

export interface Mark {
  at: Instant
  kind: MarkKind
  text: string
  by: string | null
  attempt: number | null
}

export interface QuarantinedItem {
  /** Another one for each item of a list. */
  key: string
  step: string
  position: JsonText | null
  error: string | null
  crashes: number
  redrive: boolean | number | null
  at: Instant | null
}

export interface Operation {
  at: Instant
  verb: string
  by: string | null
  detail: string | null
  reason?: string | null
}

export interface VerbOffer {
  verb: Verb
  text: string
  allowed: boolean
  because: string | null
}

export interface JobData {
  now: Instant
  job: JobDetail
  sentence: string
  why: Why | null
  /** If the queue of the job is paused. */
  queuePause?: QueuePause | null
  next: { verb: Verb; text: string } | null
  progress: Progress | null
  /** As a tree: right behind each step come those within it. */
  steps: Step[]
  /** How many there are: of very many, not all are in `steps`. */
  stepsInAll: number
  curve: CurvePoint[]
  marks: Mark[]
  quarantined: (Count & { items: QuarantinedItem[] }) | null
  operations: Operation[]
  verbs: VerbOffer[]
}

export interface DataText {
  json: JsonText | null
  bytes: number
  truncated: boolean
  hidden: boolean
  redacted: boolean
}

export interface LogData {
  attempts: { attempt: number; bytes: number }[]
  attempt: number | null
  text: string
  truncated: boolean
}

export interface QueueDetail extends QueueSummary {
  completedASecond: number | null
  createdAt: Instant
  updatedAt: Instant
  metadata: JsonText | null
}

export interface QueuesData {
  now: Instant
  queues: QueueDetail[]
  /** Whether there are others. If a known one that is not paused is here, none of the others is paused. */
  more?: boolean
}

export interface ClientDetail {
  id: string
  startedAt: Instant | null
  heartbeatAt: Instant | null
  alive: boolean
  signedOff?: boolean
  leads: boolean
  running: string
  /** Whether more jobs may run in its name than were counted. */
  atLeast: boolean
  kinds: { kind: string; n: string }[]
}

export interface ClientsData {
  now: Instant
  leader: string | null
  clients: ClientDetail[]
  more?: boolean
}

/** The job of a run. */
export interface PeriodicRun {
  id: string
  state: State
  createdAt: Instant
}

export interface PeriodicJob {
  id: string
  durable: boolean
  /** Null if it is not durable, or has no further run. */
  nextRunAt: Instant | null
  movedAt: Instant | null
  /** Why its run was not inserted although it is due. */
  late: string | null
  last: JobSummary | null
  runs: PeriodicRun[]
}

export interface PeriodicData {
  now: Instant
  leader: string | null
  periodic: PeriodicJob[]
  more: boolean
}

export interface QuarantineItem {
  key: string
  jobId: string
  kind: string
  step: string
  position: JsonText | null
  error: string | null
  crashes: number
  at: Instant | null
}

export interface QuarantineData {
  items: QuarantineItem[]
  next: string | null
}

export type Level = 'ok' | 'note' | 'warning' | 'problem'

/** What a check of the database found. */
export interface Finding {
  level: Level
  check: string
  what: string
  /** What to do, if there is something to do. */
  todo: string | null
}

/** A line of migrations: River's or Cairn's. */
export interface SchemaVersion {
  line: string
  /** The newest that is applied; 0 if none is. */
  version: number
  /** The newest that the server knows. */
  newest: number
}

export interface HealthData {
  /** When the checks began, by the clock of the dashboard's server. */
  at: Instant
  ageMs: number
  /** How long nobody may look again. */
  againInMs: number
  level: Level
  findings: Finding[]
  versions: SchemaVersion[]
}

export interface AuditEntry {
  at: Instant
  user: string
  verb: string
  target: string
  reason: string | null
}

export interface AuditData {
  acts: AuditEntry[]
}

export interface ActRequest {
  verb: Verb
  reason: string
  /** In which the reader has seen the job, and in which alone the act is done. */
  state?: State
  /** Of a rewind: whether the job is to run at once. */
  run?: boolean
  step?: string
  cursor?: JsonText
  result?: JsonText
}

/** A job to insert: kind and arguments, or the job that has both. */
export interface InsertRequest {
  kind?: string
  args?: JsonText
  copyOf?: string
  queue?: string
  priority?: number
  maxAttempts?: number
  scheduledAt?: Instant
  pending?: boolean
  tags?: string[]
  unique?: 'kind' | 'kindAndQueue'
  reason?: string
}

/** What a refusal of an insertion may be about. */
export type InsertField = keyof InsertRequest

export interface ActResult {
  job: JobSummary | null
  text: string
}

export interface BulkPreview {
  count: Count
  /** Of the jobs that would change, as far as one act may change them. */
  ids: string[]
  sample: JobSummary[]
}

export interface BulkResult {
  changed: number
  more: boolean
  /** Why it ended before its last job. */
  stopped: string | null
}
