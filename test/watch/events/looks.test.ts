/** When directories are checked, in memory: the clock is moved on within a check. */
import { test } from 'node:test'
import { createLooks } from '../../../src/watch/events/looks.ts'
import { until } from '../../helpers/until.ts'

test('a check in which the machine slept for an hour does not put off the next one', async (t) => {
  const { now } = performance
  let slept = 0
  performance.now = () => now.call(performance) + slept
  t.after(() => Reflect.deleteProperty(performance, 'now'))
  let checks = 0
  const looks = createLooks({
    lookIn: () => {
      checks += 1
      if (checks === 1) slept = 3_600_000
    },
    everything: () => [],
  })
  t.after(looks.stop)
  const checked = (times: number) =>
    until(
      `check ${times}`,
      () => `${checks} checks`,
      () => checks === times,
    )
  looks.happened('directory')
  await checked(1)
  looks.happened('directory')
  await checked(2)
})
