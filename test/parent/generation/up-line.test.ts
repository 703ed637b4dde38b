import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Sign, type Signs, upLine } from '../../../src/parent/generation/up-line.ts'
import { monotonic } from '../../../src/system/monotonic.ts'
import { silentLog } from '../../helpers/silent-log.ts'

/** What a generation shows, as words; a number lets so many ms pass. */
function lines(
  t: TestContext,
  signs: Signs,
  ...events: readonly (Sign | 'begin' | 'end' | number | { loaded: number })[]
): string[] {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let now = monotonic()
  t.mock.method(process, 'uptime', () => now / 1000)
  const said: string[] = []
  const log = { ...silentLog, info: (text: string) => void said.push(text) }
  const up = upLine({ why: 'a.js changed', since: now, stopping: 21 }, signs, log)
  for (const event of events) {
    if (typeof event === 'number') {
      now += event
      t.mock.timers.tick(event)
    } else if (event === 'begin') up.begin()
    else if (event === 'end') up.end()
    else if (typeof event === 'object') up.answered(event.loaded)
    else up.seen(event)
  }
  t.mock.reset()
  t.mock.timers.reset()
  return said
}

const UP = (ms: string) => `a.js changed · restarted in ${ms} (app stopped after 21 ms)`

test('a restart is told when the new code is up', (t) => {
  const signs: Signs = { strongest: 'idle' }
  assert.deepEqual(lines(t, signs, 'begin', 64, 'listening'), [UP('64 ms')])
  assert.deepEqual(lines(t, signs, 'begin', 30, 'listening', 10, 'idle', 'end'), [UP('30 ms')])
})

test('a restart that takes longer is told when it begins, too', (t) => {
  const signs: Signs = { strongest: 'idle' }
  assert.deepEqual(lines(t, signs, 'begin', 1200, 'polls'), ['a.js changed · restarting', UP('1.2 s')])
})

test('an app that came up by listening is waited for until it listens', (t) => {
  const signs: Signs = { strongest: 'listening' }
  assert.deepEqual(lines(t, signs, 'begin', 50, 'idle', 100, 'listening'), [UP('150 ms')])
})

test('if it does not listen any more, it was up when it was idle', (t) => {
  const signs: Signs = { strongest: 'listening' }
  const said = lines(t, signs, 'begin', 50, 'idle', 3000)
  assert.deepEqual(said, ['a.js changed · restarting', UP('50 ms')])
  assert.equal(signs.strongest, 'idle')
})

test('an app that ends before it is up has been restarted all the same', (t) => {
  const signs: Signs = { strongest: 'idle' }
  assert.deepEqual(lines(t, signs, 'begin', 20, 'end'), ['a.js changed · restarted'])
})

test('an app that takes its time is waited for, one that never shows a sign for half a minute', (t) => {
  const begun = 'a.js changed · restarting'
  assert.deepEqual(lines(t, { strongest: 'idle' }, 'begin', 8000, 'listening'), [begun, UP('8.0 s')])
  assert.deepEqual(lines(t, { strongest: 'idle' }, 'begin', 29_000), [begun])
  assert.deepEqual(lines(t, { strongest: 'idle' }, 'begin', 31_000), [begun, 'a.js changed · restarted'])
})

test('it was idle when it first answered with all of its files loaded, though that is known later', (t) => {
  const events = ['begin', 10, { loaded: 1 }, 10, { loaded: 5 }, 100, { loaded: 5 }, 'idle'] as const
  assert.deepEqual(lines(t, { strongest: 'idle' }, ...events), [UP('20 ms')])
})

test('nothing is said of the first generation', (t) => {
  assert.deepEqual(lines(t, { strongest: 'idle' }, 64, 'listening', 'end'), [])
})
