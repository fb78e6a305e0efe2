import type { Step } from '../api'
import { millis } from '../lib/format'

/** What a rewind to a step means for the others. */
export interface Rewind {
  /** They run again, from their beginning, or the first of them from a cursor. */
  again: Step[]
  /** They are around the step: they become unfinished, and run what is left of them. */
  reopened: Step[]
}

/**
 * The steps that run again after a rewind to the one at `index`. Behind a top-level step are the top-level steps after
 * it, with everything in them; behind a nested step are those of the same parent that started later.
 */
export function runsAgain(steps: Step[], index: number): Rewind {
  const target = steps[index]
  if (!target) return { again: [], reopened: [] }
  const again = new Set(family(steps, index))
  for (const other of siblings(steps, index)) {
    const behind = target.depth === 0 ? other > index : startedLater(steps[other], target)
    if (behind) for (const step of family(steps, other)) again.add(step)
  }
  return {
    again: steps.filter((step) => again.has(step) && (step === target || hasRun(step))),
    reopened: parents(steps, index),
  }
}

/** The cursor of a step; empty if it has none, or only a part of it is shown. */
export function wholeCursor(steps: Step[], name: string): string {
  const step = steps.find((one) => one.name === name)
  return step && !step.cursorPartial ? (step.cursor ?? '') : ''
}

function hasRun(step: Step): boolean {
  return step.startedAt !== null || step.finished
}

function startedLater(step: Step | undefined, than: Step): boolean {
  return step?.startedAt != null && millis(step.startedAt) > millis(than.startedAt)
}

/** A step with everything in it. */
function family(steps: Step[], index: number): Step[] {
  const depth = steps[index]?.depth ?? 0
  const end = steps.findIndex((step, i) => i > index && step.depth <= depth)
  return steps.slice(index, end < 0 ? steps.length : end)
}

/** The indices of the other steps of the same parent. */
function siblings(steps: Step[], index: number): number[] {
  const depth = steps[index]?.depth ?? 0
  let from = index
  while (from > 0 && (steps[from - 1]?.depth ?? -1) >= depth) from--
  let to = index
  while (to + 1 < steps.length && (steps[to + 1]?.depth ?? -1) >= depth) to++
  const found: number[] = []
  for (let i = from; i <= to; i++) {
    if (i !== index && steps[i]?.depth === depth) found.push(i)
  }
  return found
}

function parents(steps: Step[], index: number): Step[] {
  const found: Step[] = []
  let depth = steps[index]?.depth ?? 0
  for (let i = index - 1; i >= 0 && depth > 0; i--) {
    const step = steps[i]
    if (step && step.depth < depth) {
      found.unshift(step)
      depth = step.depth
    }
  }
  return found
}
