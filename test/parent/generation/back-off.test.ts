import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backOff, nextRow, ownChanges } from '../../../src/parent/generation/back-off.ts'
import { silentLog } from '../../helpers/silent-log.ts'
import { start } from '../../helpers/start.ts'
import { tempDir } from '../../helpers/temp-dir.ts'

const SLOWER =
  '[exit75] the app keeps exiting with 75 right after its start, without any change · slowing down (75 asks for a restart, any other code ends the app)'

test('75 or requestRestart() at once, again and again: slower each time, and one line says so', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, onRestart, requestRestart } from 'exit75'
      if (PARENT) launchChild({ standby: false })
      else {
        console.log('start', generation, Math.round(performance.timeOrigin))
        if (generation === 5) process.exit(0)
        if (generation % 2) process.exit(75)
        onRestart(() => {})
        setInterval(() => {}, 1000)
        requestRestart()
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count(SLOWER), 1)
  const starts = [...run.output().matchAll(/^start \d (\d+)$/gm)].map(([, time]) => Number(time))
  assert.equal(starts.length, 5)
  // Pauses of 100, 200, 400 ms after the second life and on.
  const whole = (starts.at(-1) as number) - (starts[0] as number)
  assert.ok(whole >= 700, `five starts within ${whole} ms`)
})

test('a signal cuts the pause short, and with exit: false nothing is held up by it', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) console.log('ended', (await launchChild({ exit: false, standby: false })).signal)
      else process.exit(75)`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says('[exit75] pause of 1600 ms before the next launch')
  const began = performance.now()
  run.signal('SIGTERM')
  await run.says('ended SIGTERM')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.ok(performance.now() - began < 1200)
})

test('edits, however quick, are not slowed down', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild({ standby: false })
      else {
        console.log('ready', generation)
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 1)
      }`,
    'version.mjs': '// 0',
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  for (let generation = 1; generation <= 4; generation += 1) {
    await run.says(`ready ${generation}`)
    dir.write('version.mjs', `// ${generation}`)
  }
  assert.equal(run.count(SLOWER), 0)
})

test('which ends are pointless, and how long the pause after them is', () => {
  const end = (endedAt: number, asked: Parameters<typeof nextRow>[1]['asked'] = null) => ({
    startedAt: 0,
    endedAt,
    asked,
    boot: { is: 'booted' as const, at: 0 },
  })
  const edited = {
    at: 5,
    reason: { is: 'changed' as const, changes: [{ type: 'added' as const, path: '/a' }] },
  }
  const by = (who: 'user' | 'app') => ({ at: 5, reason: { is: 'requested' as const, by: who, text: '' } })
  let length = 0
  const pauses = Array.from({ length: 10 }, () => {
    const row = nextRow(length, end(10))
    length = row.length
    return row.pause
  })
  assert.deepEqual(pauses, [0, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000])
  assert.deepEqual(nextRow(5, end(10, by('app'))), { length: 6, pause: 1600 })
  assert.equal(nextRow(1, { ...end(9000), boot: { is: 'booted', at: 8500 } }).length, 2, 'a large app')
  assert.equal(nextRow(1, { ...end(9000), boot: { is: 'loading' } }).length, 2, 'it never was up')
  for (const meant of [end(1000), end(10, edited), end(10, by('user'))])
    assert.deepEqual(nextRow(5, meant), { length: 0, pause: 0 })
})

test('a file that changes again and again right after the start is named, and slows the restarts down', () => {
  let verdictOf = ownChanges()
  const after = (ms: number, path = '/data.json', up = 0) => {
    const reason = { is: 'changed' as const, changes: [{ type: 'modified' as const, path }] }
    const boot = { is: 'booted' as const, at: up }
    const { pause, news } = verdictOf({ startedAt: 0, endedAt: ms + 5, asked: { at: ms, reason }, boot })
    return `${pause}${news === undefined ? '' : ` ${news}`}`
  }
  const all = (times: readonly number[]) => times.map((ms) => after(ms))
  assert.deepEqual(all([50, 60, 55, 70, 50, 65, 50]), ['0', '0', '0', '0', '100', '200', '400 /data.json'])
  assert.equal(after(5000), '0', 'somebody edits it later')
  assert.deepEqual(all([50, 60, 55, 70, 50]), ['0', '0', '0', '100', '200'], 'it is known by now')
  assert.equal(after(50, '/other.js'), '0', 'another file')
  verdictOf = ownChanges()
  const large = [4050, 4060, 4055, 4070, 4050, 4055, 4060].map((ms) => after(ms, '/cache.json', 4000))
  assert.deepEqual(
    large,
    ['0', '0', '0', '0', '100', '200', '400 /cache.json'],
    'of an app that takes long to be up',
  )
})

test('an app that rewrites a file it has loaded is slowed down, and the file is named with the remedy', async (t) => {
  const dir = tempDir(t, {
    'app.cjs': `
      const { PARENT, generation, launchChild, shouldRestart } = require('exit75')
      const { writeFileSync } = require('node:fs')
      if (PARENT) launchChild()
      else {
        require('./data.json')
        writeFileSync(__dirname + '/data.json', JSON.stringify({ generation }))
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 1)
      }`,
    'data.json': '{}',
  })
  const run = start(t, ['app.cjs'], { cwd: dir.path, env: { EXIT75_LOG: 'debug' } })
  await run.says(
    "[exit75] data.json changes every time the app starts · slowing down (to leave it out: the option ignore: ['data.json'])",
  )
  await run.says('[exit75] pause of 400 ms before the next launch')
})

test('who edits a file again and again right after the start is slowed down no more after an edit in a pause', async (t) => {
  const dir = tempDir(t, { 'edited.mjs': '// 0' })
  const pauses: string[] = []
  const endOf = backOff({
    log: { ...silentLog, debug: (text: string) => void pauses.push(text.replace(/\D/g, '')) },
    signals: { next: () => new Promise(() => {}) },
    settings: {},
    program: {},
  } as unknown as Parameters<typeof backOff>[0])
  const changes = [{ type: 'modified' as const, path: dir.file('edited.mjs') }]
  const ended = () =>
    endOf({
      ...{ startedAt: 0, endedAt: 55, asked: { at: 50, reason: { is: 'changed', changes } } },
      boot: { is: 'booted', at: 0 },
    } as unknown as Parameters<typeof endOf>[0])
  for (let edit = 1; edit <= 5; edit += 1) await ended()
  assert.deepEqual(pauses, ['100'])
  const over = ended()
  dir.write('edited.mjs', '// by somebody else: nothing of the program runs')
  await over
  for (let edit = 7; edit <= 11; edit += 1) await ended()
  assert.deepEqual(pauses, ['100', '200', '100'])
})
