/** As many steps: an older rate is not one of now. A measurement may take as long as the pause before it. */
const recent = 3

/** The rate of now; null if nothing was measured lately. */
export function newest(values: (number | null)[]): number | null {
  return values.slice(-recent).findLast((value) => value !== null) ?? null
}
