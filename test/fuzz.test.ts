import { test } from 'node:test'
import { fuzz } from './fuzz.ts'

/** Bounded: `npm run fuzz` takes its time, and the long runs of the world take some. */
const LIMIT = Number(process.env.FUZZ_SECONDS ?? 4) * 1000

test('random edits, breakage, signals and kills leave the invariants standing', async (t) => {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000)
  t.diagnostic(`FUZZ_SEED=${seed}`)
  const rounds = await fuzz(t, { rounds: 300, seed, limit: LIMIT })
  t.diagnostic(`${rounds} rounds`)
})
