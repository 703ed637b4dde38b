/** At any instant of something that takes a moment: a few of them, other ones each time. */
import type { TestContext } from 'node:test'
import { seeded } from './seeded.ts'

const COUNT = 8

/** Delays in ms, one in each part of the span from 0 to `until`. The seed is printed; SEED gives the same again. */
export function instants(t: TestContext, until: number, count: number = COUNT): number[] {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000)
  t.diagnostic(`SEED=${seed}`)
  const random = seeded(seed)
  return Array.from({ length: count }, (_, part) => ((part + random()) * until) / count)
}
