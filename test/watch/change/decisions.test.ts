/** When a change is reported, in memory: the clock and the files are the test's. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createChangeDetector, type DetectorOptions } from '../../../src/watch/change/detector.ts'
import {
  createHoldBack,
  type Disk,
  GIT_LIMIT,
  RETURN_LIMIT,
  RETURN_TIME,
  STAY,
  STAY_LIMIT,
} from '../../../src/watch/change/hold-back.ts'
import { quietForApp, quietForTree } from '../../../src/watch/change/quiet.ts'
import { createSyntaxCheck, HALF_WRITTEN } from '../../../src/watch/change/syntax-errors.ts'
import type { ChangedFile, Difference } from '../../../src/watch/files/interface.ts'
import { fakeClock } from '../../helpers/fake-clock.ts'

/** Files in memory: what was known, and what is there now; undefined: cannot be read. */
function inMemory(options: Partial<DetectorOptions> & { readonly disk?: Partial<Disk> } = {}) {
  const clock = fakeClock()
  const start = clock.now()
  const known = new Map<string, string>()
  const now = new Map<string, string | undefined>()
  const log: string[] = []
  const at = () => clock.now() - start
  const compare = (path: string): Difference => {
    if (now.has(path) && now.get(path) === undefined) return 'later'
    const [then, text] = [known.get(path) ?? null, now.get(path) ?? null]
    if (then === text) return 'none'
    const type = text === null ? 'deleted' : then === null ? 'added' : 'modified'
    return { type, bytes: Buffer.from(text ?? ''), checkable: path.endsWith('.mjs'), sizeBefore: 0 }
  }
  const disk: Disk = { gitIsWriting: () => false, stateOf: () => undefined, ...options.disk }
  const detector = createChangeDetector({
    files: {
      compare,
      mayHaveChanged: (path) => known.get(path) !== now.get(path),
      paths: () => known.keys(),
    },
    quiet: quietForApp({ settle: null }),
    holdBack: createHoldBack(clock, disk),
    clock,
    onChange: (changes) =>
      log.push(`${at()} ${changes.map(({ type, path }) => `${type} ${path}`).join(', ')}`),
    ...options,
  })
  const write = (path: string, text: string | null | undefined, isTouched = true) => {
    if (text === null) now.delete(path)
    else now.set(path, text)
    if (isTouched) detector.touched(path)
  }
  for (const path of ['a', 'b', 'c', 'x.mjs']) {
    known.set(path, '1')
    now.set(path, '1')
  }
  return { clock, detector, write, log, at }
}

for (const [what, options, edits, wanted] of [
  ['one file', {}, [[0, 'a']], '0 modified a'],
  [
    'two files',
    {},
    [
      [0, 'a'],
      [0, 'b'],
    ],
    '60 modified a, modified b',
  ],
  [
    'a third one while the quiet time runs',
    {},
    [
      [0, 'a'],
      [0, 'b'],
      [50, 'c'],
    ],
    '110 modified a, modified b, modified c',
  ],
  ['an option', { settle: 40 }, [[0, 'a']], '40 modified a'],
  [
    'the option 0 for many',
    { settle: 0 },
    [
      [5, 'a'],
      [5, 'b'],
    ],
    '5 modified a, modified b',
  ],
  ['soon after a launch that changes caused', { afterChanges: true }, [[249, 'a']], '309 modified a'],
  ['later after such a launch', { afterChanges: true }, [[250, 'a']], '250 modified a'],
  [
    'polling, two files',
    { interval: 70 },
    [
      [0, 'a'],
      [0, 'b'],
    ],
    '130 modified a, modified b',
  ],
] as const) {
  test(`the quiet time: ${what}`, () => {
    const { clock, write, log, at } = inMemory({ quiet: quietForApp({ settle: null, ...options }) })
    for (const [moment, path] of edits) {
      if (moment > at()) clock.pass(moment - at())
      write(path, '2')
    }
    clock.pass(1000)
    assert.deepEqual(log, [wanted])
  })
}

test('the quiet time of trees', () => {
  const { after } = quietForTree({ settle: null, interval: 5 })
  assert.deepEqual([after(1, 0), after(2, 0)], [15, 65])
  assert.equal(quietForTree({ settle: 30, interval: 5 }).after(2, 0), 30)
})

test('one file is touched, and another has changed with it: it is waited for', () => {
  const { clock, write, log } = inMemory()
  write('b', '2', false)
  write('a', '2')
  clock.pass(1000)
  assert.deepEqual(log, ['60 modified a, modified b'])
})

test('files that do not become quiet are looked at after two seconds', () => {
  const { clock, write, log } = inMemory()
  for (let round = 0; round < 60; round += 1) {
    write('a', `${round + 2}`)
    write('b', `${round + 2}`)
    clock.pass(50)
  }
  assert.deepEqual(log, ['2000 modified a, modified b'])
})

for (const [what, edits, wanted] of [
  [
    'deleted, and back',
    [
      [0, 'a', null],
      [500, 'a', '2'],
    ],
    ['500 modified a'],
  ],
  [
    'deleted, and back as it was',
    [
      [0, 'a', null],
      [500, 'a', '1'],
    ],
    [],
  ],
  ['deleted', [[0, 'a', null]], [`${RETURN_TIME} deleted a`]],
  ['emptied', [[0, 'a', '']], [`${RETURN_TIME} modified a`]],
  [
    'emptied, filled, emptied again',
    [
      [0, 'a', ''],
      [900, 'a', '1'],
      [950, 'a', ''],
    ],
    [`${950 + RETURN_TIME} modified a`],
  ],
  [
    'one deleted, another edited',
    [
      [0, 'a', null],
      [100, 'b', '2'],
    ],
    [`${RETURN_TIME} deleted a, modified b`],
  ],
  [
    'taken back before it is decided',
    [
      [0, 'a', '2'],
      [0, 'b', '2'],
      [30, 'a', '1'],
      [30, 'b', '1'],
    ],
    [],
  ],
  [
    'out of reach for a while, unchanged',
    [
      [0, 'a', undefined],
      [700, 'a', '1'],
    ],
    [],
  ],
  ['out of reach for a while, changed', [[0, 'a', undefined]], []],
  ['new', [[0, 'new', '1']], [`${STAY} added new`]],
  [
    'new, and renamed to one that is known',
    [
      [0, 'a.tmp', '2'],
      [30, 'a.tmp', null],
      [30, 'a', '2'],
    ],
    ['90 modified a'],
  ],
  [
    'new, and gone again',
    [
      [0, 'new', '1'],
      [80, 'new', null],
    ],
    [],
  ],
] as const) {
  test(`a file that is ${what}`, () => {
    const { clock, write, log, at } = inMemory()
    for (const [moment, path, text] of edits) {
      if (moment > at()) clock.pass(moment - at())
      write(path, text)
    }
    clock.pass(5000)
    assert.deepEqual(log, wanted)
  })
}

test('what could not be read is looked at again without an event', () => {
  const dirty: boolean[] = []
  const { clock, write, log } = inMemory({ onDirty: (isDirty) => dirty.push(isDirty) })
  write('a', undefined)
  clock.pass(1000)
  write('a', '2', false)
  clock.pass(200)
  assert.deepEqual(log, ['1200 modified a'])
  assert.deepEqual(dirty, [true], 'it stays in doubt until it could be read')
})

for (const [what, lockedFor, wanted] of [
  ['is held for a while', 300, '320 modified a'],
  ['is left over from a crash', Number.POSITIVE_INFINITY, `${GIT_LIMIT} modified a`],
] as const) {
  test(`git's lock ${what}`, () => {
    const disk = { gitIsWriting: () => at() < lockedFor }
    const { clock, write, log, at } = inMemory({ disk })
    write('a', '2')
    clock.pass(20_000)
    assert.deepEqual(log, [wanted])
  })
}

const AHEAD = 3_600_000
for (const [what, sizeOf, rest, wanted, ahead] of [
  ['data that grows', () => 5_000_000, 300, ['3200 modified a'], 0],
  ['data that grows on a share whose clock is ahead', () => 5_000_000, 300, ['3200 modified a'], AHEAD],
  ['data that grows on a share whose clock is behind', () => 5_000_000, 300, ['3200 modified a'], -AHEAD],
  ['data that begins small', (piece: number) => piece * 60_000, 100, ['1400 modified a'], 0],
  ['a page', () => 20_000, 300, ['0 modified a'], 0],
] as const)
  test(`${what} is waited for as its size demands, until it is left alone`, () => {
    let [changed, size] = [0, 0]
    const disk = { stateOf: () => ({ size, changed: changed + ahead }) }
    const { clock, write, log, at } = inMemory({ disk })
    for (let piece = 1; piece <= 10; piece += 1) {
      changed = at()
      size = sizeOf(piece)
      write('a', `${piece + 1}`)
      clock.pass(rest)
    }
    clock.pass(5000)
    assert.deepEqual(log, wanted)
  })

test('a file that is found empty twice, and was written in between, has not been emptied', () => {
  let changed = 0
  const disk = { stateOf: () => ({ size: 0, changed }) }
  const { clock, write, log } = inMemory({ disk })
  write('a', '')
  clock.pass(RETURN_TIME - 100)
  changed = 1
  write('a', '', false) // written, and emptied again before anybody has looked
  clock.pass(RETURN_TIME - 100)
  write('a', '1')
  clock.pass(5000)
  assert.deepEqual(log, [])
})

test('a stream of new files is reported all the same', () => {
  const { clock, write, log } = inMemory()
  for (let file = 0; file * 50 <= STAY_LIMIT + 200; file += 1) {
    write(`new${file}`, '1')
    clock.pass(50)
  }
  assert.match(log.join(), /^2\d{3} added new0, added new1, /)
})

test('an empty file that is touched again and again keeps no edit back for ever', () => {
  const disk = { stateOf: () => ({ size: 0, changed: at() }) }
  const { clock, write, log, at } = inMemory({ disk })
  write('alive', '')
  write('x.mjs', '2')
  for (; at() < RETURN_LIMIT + RETURN_TIME; clock.pass(400)) write('alive', '')
  assert.match(log.join(), /^[56]\d{3} added alive, modified x.mjs$/)
})

test('data that grows without end is reported all the same', () => {
  const disk = { stateOf: () => ({ size: 5_000_000, changed: at() }) }
  const { clock, write, log, at } = inMemory({ disk })
  for (let piece = 1; piece <= 100; piece += 1) {
    write('a', `${piece + 1}`)
    clock.pass(200)
  }
  assert.equal(log.length, 1)
})

test('code that does not parse is reported once, when it is surely not half written, and what is mended is', async () => {
  const said: string[] = []
  const clock = fakeClock()
  const syntax = createSyntaxCheck(
    {
      onSyntaxError: ({ path, message }) => said.push(`${path}: ${message}`),
      onFixed: (path) => said.push(`${path} fixed`),
    },
    clock,
  )
  const file = (text: string): ChangedFile => ({
    ...{ path: 'x.cjs', type: 'modified', bytes: Buffer.from(text), checkable: true, sizeBefore: 0 },
  })
  assert.equal(syntax.isBroken(file('const = 1')), true)
  assert.equal(syntax.isBroken({ ...file('const = 1'), checkable: false }), false)
  assert.equal(syntax.report([file('const = 1')], clock.now()), HALF_WRITTEN)
  const touched = clock.now()
  clock.pass(HALF_WRITTEN)
  for (let round = 0; round < 2; round += 1)
    assert.equal(syntax.report([file('const = 1')], touched), undefined)
  assert.equal(said.length, 1)
  assert.match(said[0] ?? '', /^x\.cjs: SyntaxError/)
  syntax.fixed('x.cjs')
  syntax.fixed('x.cjs')
  assert.deepEqual(said.slice(1), ['x.cjs fixed'])
})

test('while a file does not parse nothing is reported; then all of it', () => {
  const syntax = createSyntaxCheck({ onSyntaxError: () => {}, onFixed: () => {} }, fakeClock())
  const broken = new Set(['bad'])
  const { clock, write, log } = inMemory({
    syntax: { ...syntax, isBroken: ({ bytes }) => broken.has(bytes.toString()), report: () => undefined },
  })
  write('x.mjs', 'bad')
  clock.pass(500)
  write('a', '2')
  clock.pass(500)
  assert.deepEqual(log, [])
  write('x.mjs', 'good')
  clock.pass(500)
  assert.deepEqual(log, ['1060 modified x.mjs, modified a'])
})

test('what is looked at late is touched before the decision, and waited for', () => {
  let pending = ['b', 'c']
  const { clock, write, log, detector } = inMemory({
    quiet: { ...quietForApp({ settle: null }), ifNotAlone: undefined },
    lookAtPending: () => {
      for (const path of pending) detector.touched(path)
      pending = []
    },
  })
  write('b', '2', false)
  write('c', '2', false)
  write('a', '2')
  clock.pass(1000)
  assert.deepEqual(log, ['60 modified a, modified b, modified c'])
})

test('a second event of the same save is reported once, and nothing after the end', () => {
  const { clock, write, log, detector } = inMemory({ repeats: true })
  write('a', '2')
  clock.pass(10)
  detector.touched('a')
  clock.pass(10)
  write('a', '3')
  clock.pass(10)
  detector.stop()
  write('a', '4')
  clock.pass(1000)
  assert.deepEqual(log, ['0 modified a', '20 modified a'])
})
