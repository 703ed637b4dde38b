/** Generations that overlap: every order of events, with generations that exist in memory only. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Deferred, deferred } from '../../../src/deferred.ts'
import type { Cause, Generation, GenerationResult } from '../../../src/parent/generation/interface.ts'
import { succession } from '../../../src/parent/generation/overlap.ts'

const CAUSE: Cause = { reason: { is: 'changed', changes: [{ type: 'modified', path: '/app.js' }] }, since: 0 }

interface Fake {
  readonly generation: Generation
  readonly ready: Deferred<void>
  state: 'launched' | 'serves' | 'retired' | 'stopped' | 'ended'
  readonly change: () => void
  readonly end: () => void
}

function fake(number: number, state: Fake['state']): Fake {
  const over = deferred<GenerationResult>()
  const ready = deferred<void>()
  let outdated = deferred<Cause>()
  const one: Fake = {
    state,
    ready,
    change: () => outdated.resolve(CAUSE),
    end() {
      if (one.state !== 'ended') over.resolve({ number, exit: { code: 75, signal: null } } as never)
      one.state = 'ended'
    },
    generation: {
      number,
      over: over.promise,
      ready: ready.promise,
      async outdated() {
        const cause = await outdated.promise
        outdated = deferred()
        return cause
      },
      retire: () => (one.state = 'retired'),
      stop: () => {
        one.state = 'stopped'
        one.end()
      },
    } as Partial<Generation> as Generation,
  }
  return one
}

/** What can happen to the oldest that serves, and to the newest. */
const MOVES = [
  'the old is outdated',
  'the new is ready',
  'the new ends',
  'the old ends',
  'the new is outdated',
] as const

test('never do two generations serve, none is forgotten, and the end is that of the last one', async () => {
  let runs = 0
  for (const moves of sequences(5)) {
    runs += 1
    const story = moves.join(', ')
    const all: Fake[] = [fake(1, 'serves')]
    const forgotten: number[] = []
    const [first] = all as [Fake]
    const end = succession(first.generation, {
      async launch() {
        const next = fake(all.length + 1, 'launched')
        void next.ready.promise.then(() => {
          if (next.state === 'launched') next.state = 'serves'
        })
        all.push(next)
        return next.generation
      },
      forget: (number) => forgotten.push(number),
      info: () => {},
      readyTimeout: 60_000,
    })
    for (const move of moves) {
      const alive = all.filter(({ state }) => state === 'launched' || state === 'serves')
      const [old, young] = [alive[0], alive.at(-1)]
      if (move === 'the old is outdated') old?.change()
      if (move === 'the new is ready') young?.ready.resolve()
      if (move === 'the new ends') young?.end()
      if (move === 'the old ends') old?.end()
      if (move === 'the new is outdated') young?.change()
      await turn()
      const serving = all.filter(({ state }) => state === 'serves')
      assert.ok(serving.length <= 1, `two serve: ${story}`)
    }
    // Whatever is still there ends: then it is over, and not before.
    for (const one of all) if (one.state !== 'ended') assert.equal(await isSettled(end), false, story)
    for (let left = 1; left > 0; await turn()) {
      left = all.filter(({ state }) => state !== 'ended').length
      for (const one of all) one.end()
    }
    const { number } = (await end) as GenerationResult & { number: number }
    assert.ok(!forgotten.includes(number), `the last one served: ${story}`)
  }
  assert.equal(runs, 5 ** 5)
})

function* sequences(length: number): Generator<(typeof MOVES)[number][]> {
  if (length === 0) return yield []
  for (const rest of sequences(length - 1)) for (const move of MOVES) yield [...rest, move]
}

/** Promises that wait for each other are settled by then. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const isSettled = (promise: Promise<unknown>): Promise<boolean> =>
  Promise.race([promise.then(() => true), turn().then(() => false)])
