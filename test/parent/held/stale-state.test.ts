import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStale } from '../../../src/parent/held/stale-state.ts'
import { lifeOf, ownerIn, ownerName, self } from '../../../src/system/owner.ts'

const HERE = { world: 'b0-4026', pid: 7, start: '100' }
const DAY = 24 * 60 * 60 * 1000
const NOW = 1000 * DAY
const RANDOM = '0123456789abcdef'

/** Here the process 5 started at 50, and no other lives. */
const startOf = (pid: number): string | undefined => (pid === 5 ? '50' : undefined)

for (const [what, name, age, expected] of [
  ['of a process that lives', 'b0-4026.5.50', 0, false],
  ['of a process that lives, however old', 'b0-4026.5.50', 100 * DAY, false],
  ['of a process that has ended', 'b0-4026.6.60', 0, true],
  ['of one whose pid another process has now', 'b0-4026.5.49', 0, true],
  ['of another container: nobody can tell', 'b0-4027.6.60', 0, false],
  ['of another container, marked yesterday', 'b0-4027.6.60', DAY, false],
  ['of another container, not marked for a week', 'b0-4027.6.60', 8 * DAY, true],
  ['of another start of the machine, or another machine', 'b1-4026.6.60', 0, false],
  ['the same, not marked for a week', 'b1-4026.6.60', 8 * DAY, true],
  ['of a world that could not be told', 'unknown.6.60', 0, false],
  ['of another program', 'notes', 100 * DAY, false],
] as const) {
  test(`${expected ? 'stale' : 'kept'}: ${what}`, () => {
    const full = name === 'notes' ? name : `${name}-${RANDOM}`
    assert.equal(isStale(full, NOW - age, HERE, NOW, startOf), expected)
  })
}

test('who does not know where it is tells nothing of others', () => {
  assert.equal(lifeOf({ world: '', pid: 6, start: '' }, { ...HERE, world: '' }, startOf), 'unknown')
})

test('this process is found alive by its own name, and names are read back', () => {
  const own = self()
  assert.equal(lifeOf(own, own), 'alive')
  assert.deepEqual(ownerIn(ownerName(own)), own)
})
