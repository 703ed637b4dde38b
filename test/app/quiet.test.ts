/** How long a connection must be silent, in memory: the clock is moved on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookOften } from '../../src/app/quiet.ts'
import { until } from '../helpers/until.ts'

test('a drain in which the process is stopped for an hour does not wait for two more', async (t) => {
  const { now } = performance
  let stopped = 0
  performance.now = () => now.call(performance) + stopped
  t.after(() => Reflect.deleteProperty(performance, 'now'))
  let looks = 0
  const looking = lookOften(() => {
    looks += 1
  })
  t.after(looking.stop)
  const looked = (times: number) =>
    until(
      `look ${times}`,
      () => `${looks} looks`,
      () => looks >= times,
    )
  await looked(2)
  const before = looking.silence()
  stopped = 3_600_000
  await looked(looks + 2)
  assert.ok(looking.silence() > before, 'it was late')
  assert.ok(looking.silence() <= 4000, `${looking.silence()} ms`)
})
