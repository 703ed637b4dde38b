import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSamePlan, type Preloading, preloading } from '../../../src/parent/generation/preloading.ts'
import type { BootReport } from '../../../src/protocol/packages.ts'
import { silentLog } from '../../helpers/silent-log.ts'

const report = (names: string, more: Partial<BootReport> = {}): BootReport => ({
  packages: names.split(' ').map((url) => ({ url, by: 'import', from: null })),
  env: {},
  globals: [],
  properties: [],
  hasMain: false,
  hasChangedProcess: false,
  rss: 100,
  ...more,
})
const planned = ({ plan }: Preloading) => plan().packages.map(({ url }) => url)
const withMemory = (bytes: number) => preloading(silentLog, () => bytes)

test('a standby loads what the last generation has loaded', () => {
  const packages = withMemory(1000)
  assert.deepEqual(planned(packages), [])
  packages.booted(report('a b'))
  assert.deepEqual(planned(packages), ['a', 'b'])
  packages.booted(report('b c'))
  assert.deepEqual(planned(packages), ['b', 'c'])
})

test('what was found unfit is left to the app for good', () => {
  const packages = withMemory(1000)
  packages.booted(report('a b'))
  assert.equal(packages.leave([{ url: 'a', why: 'writes output' }]), true)
  assert.equal(packages.leave([{ url: 'a', why: 'writes output' }]), false, 'known already')
  assert.deepEqual(planned(packages), ['b'])
  packages.booted(report('a b c'))
  assert.deepEqual(planned(packages), ['b', 'c'])
})

test('nothing is loaded ahead where the app patches the module system', () => {
  const packages = withMemory(1000)
  packages.booted(report('a', { hasChangedProcess: true }))
  assert.deepEqual(planned(packages), [])
})

test('nothing is loaded ahead where less than four times the memory of the app is left', () => {
  for (const [left, expected] of [
    [399, []],
    [400, ['a']],
  ] as const) {
    const packages = withMemory(left)
    packages.booted(report('a'))
    assert.deepEqual(planned(packages), expected, `${left} of 100`)
  }
})

test('a plan is trusted once a standby has carried it out', () => {
  const packages = withMemory(1000)
  packages.booted(report('a'))
  const plan = packages.plan()
  assert.equal(packages.isTrusted(plan), false)
  packages.trust(plan)
  assert.equal(packages.isTrusted(packages.plan()), true)
  packages.booted(report('a b'))
  assert.equal(packages.isTrusted(packages.plan()), false)
  assert.equal(isSamePlan(plan, packages.plan()), false)
})

test("what is Node's own is trusted at once", () => {
  const packages = withMemory(1000)
  packages.booted(report('node:fs node:http'))
  assert.equal(packages.isTrusted(packages.plan()), true)
})
