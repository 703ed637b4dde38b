/** What is kept for the next generation, in memory: values, places of what cannot be kept, damage. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { keep, readNewest } from '../../src/app/kept-state.ts'
import { bytesOf } from '../../src/app/state.ts'
import { generation, savedState, saveState } from '../../src/index.ts'
import { createStateDirectory } from '../../src/parent/held/state-directory.ts'
import { tempDir } from '../helpers/temp-dir.ts'

type Test = Parameters<typeof tempDir>[0]

/** The directory of a program, which nobody has made yet. */
function place(t: Test): string {
  return join(tempDir(t, {}).path, 'exit75', 'program')
}

const cycle = () => {
  const one = { name: 'one', parts: [] as unknown[] }
  one.parts.push(one, one)
  return one
}

/** What it is, the value, and what becomes of it where that is something else. */
const VALUES: readonly (readonly [what: string, value: unknown, expected?: unknown])[] = [
  ['undefined', undefined],
  ['null', null],
  ['a text with all of Unicode', 'grün \u{1F600} \ud800'],
  ['numbers that JSON does not know', [NaN, -0, Infinity, 2 ** 53]],
  ['BigInt', [10n ** 50n, -1n]],
  // biome-ignore lint/suspicious/noSparseArray: the hole is what is tested
  ['an undefined field and a hole', { a: undefined, list: [1, , 3] }],
  [
    'Map and Set',
    new Map<unknown, unknown>([
      [{ key: 1 }, new Set(['a', 2])],
      ['b', new Map()],
    ]),
  ],
  ['Date', [new Date(75), new Date(0)]],
  ['RegExp', /a+[b]/gi],
  ['typed arrays', [new Uint8Array([1, 2]), new Float64Array([0.5]), new BigInt64Array([5n])]],
  ['ArrayBuffer and DataView', [new Uint8Array([7, 5]).buffer, new DataView(new ArrayBuffer(8), 2)]],
  ['Buffer', Buffer.from('bytes')],
  ['a part of a Buffer', Buffer.from('bytes').subarray(1, 3)],
  ['a cycle, and one object in two places', cycle()],
  ['errors with cause', new RangeError('far', { cause: new TypeError('near') })],
  ['boxed values', [Object('text'), Object(1), Object(true)]],
  ['an object without a prototype', { __proto__: null, a: 1 }, { a: 1 }],
  [
    'the fields of an object of a class',
    new (class Job {
      #secret = () => {}
      id = 1
      run() {
        this.#secret()
      }
    })(),
    { id: 1 },
  ],
]

test('each value survives', async (t) => {
  const directory = place(t)
  for (const [generation, [what, value, expected = value]] of VALUES.entries())
    await t.test(what, () => {
      keep(bytesOf({ value }), generation, directory)
      const found = readNewest(directory, generation + 1) as { value: unknown }
      assert.deepStrictEqual(found, { value: expected })
      assert.equal(found.value instanceof Buffer, value instanceof Buffer)
    })
})

const nested = (depth: number, wrap: (inner: object) => object = (next) => ({ next })): object => {
  let one = {}
  for (let at = 0; at < depth; at += 1) one = wrap(one)
  return one
}

const behindCycle = () => {
  const one: Record<string, unknown> = {}
  one.self = one
  one.next = { one, bad: () => {} }
  return one
}

const no = () => {
  throw new Error('no')
}
/** Not among the types of Node alone. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: { Module: new (bytes: Uint8Array) => object }
}
const TOO_DEEP = 'nested more than 1,000 levels deep'

/** Values that cannot be kept, the place in them that is named, and what is there. */
const UNCLONEABLE: readonly (readonly [what: string, value: unknown, place: string, is: string])[] = [
  ['a function', () => {}, 'state', 'a function'],
  ['a symbol', Symbol('s'), 'state', 'a symbol'],
  ['deep in it', { jobs: [1, 2, 3, { callback() {} }] }, 'state.jobs[3].callback', 'a function'],
  ['a name that is not a word', { 'a b': { 'c.d': () => {} } }, 'state["a b"]["c.d"]', 'a function'],
  ['a value in a Map', { m: new Map([['k', { f() {} }]]) }, 'state.m.get("k").f', 'a function'],
  ['a key of a Map', new Map([[() => {}, 1]]), 'state (a key)', 'a function'],
  ['an element of a Set', { s: new Set([1, Symbol('x')]) }, 'state.s (an element)', 'a symbol'],
  ['a socket', { client: new net.Socket() }, 'state.client', 'an object of class Socket'],
  ['a server', [http.createServer()], 'state[0]', 'an object of class Server'],
  ['a promise', { p: Promise.resolve() }, 'state.p', 'an object of class Promise'],
  ['a proxy', { list: new Proxy([1], {}) }, 'state.list', 'a proxy'],
  ['a generator', { g: (function* () {})() }, 'state.g', 'an object of class Generator'],
  ['a WeakMap', { w: new WeakMap() }, 'state.w', 'an object of class WeakMap'],
  [
    'a function in an object of a class',
    {
      job: new (class Job {
        done = () => {}
      })(),
    },
    'state.job.done',
    'a function',
  ],
  ['behind a cycle', behindCycle(), 'state.next.bad', 'a function'],
  [
    'a proxy whose keys throw',
    { p: new Proxy({}, { ownKeys: no }) },
    'state.p',
    'an object that throws when it is read',
  ],
  [
    'a constructor that throws',
    { w: Object.defineProperty(new WeakMap(), 'constructor', { get: no }) },
    'state.w',
    'an object of class unknown',
  ],
  [
    'a key of a Map without a prototype',
    new Map([[{ __proto__: null, a: 1 }, { f() {} }]]),
    'state.get(an object of class null).f',
    'a function',
  ],
  ['nested 20,000 deep', nested(20_000), 'state.next.next.next.next…', TOO_DEEP],
  [
    'nested so deep that it could be written, and not be read',
    nested(1_100),
    'state.next.next.next.next…',
    TOO_DEEP,
  ],
  [
    'arrays and Maps, nested deep',
    { a: nested(2_000, (inner) => [new Map([['k', inner]])]) },
    'state.a[0].get("k")[0]…',
    TOO_DEEP,
  ],
  [
    'errors, each the cause of the next, nested deep',
    { e: nested(2_000, (cause) => new Error('outer', { cause })) },
    'state.e.cause.cause.cause…',
    TOO_DEEP,
  ],
  [
    'a function as the cause of an error',
    { e: new Error('outer', { cause: { f() {} } }) },
    'state.e.cause.f',
    'a function',
  ],
  [
    'compiled WebAssembly, which could be written, and not be read',
    { parts: [1, new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))] },
    'state.parts[1]',
    'an object of class Module',
  ],
  [
    'a getter that throws',
    Object.defineProperty({}, 'broken', { get: no, enumerable: true }),
    'state.broken',
    'a getter that throws',
  ],
]

test('a value that cannot be kept is refused, and the place is named', async (t) => {
  for (const [what, value, place, is] of UNCLONEABLE)
    await t.test(what, () => {
      assert.throws(
        () => bytesOf(value),
        (error: Error) =>
          error instanceof TypeError &&
          error.message.startsWith(`saveState(value): ${place} is ${is}, which cannot`),
      )
    })
})

test('what was kept last counts; what was handed over stays until the next generation keeps something', (t) => {
  const directory = place(t)
  assert.equal(readNewest(directory, 1), undefined)
  keep(bytesOf('early'), 1, directory)
  keep(bytesOf('first'), 1, directory)
  assert.equal(readNewest(directory, 1), undefined, 'its own is for the next one')
  for (const later of [2, 3, 4]) assert.equal(readNewest(directory, later), 'first')
  keep(bytesOf('third'), 3, directory)
  assert.deepEqual(readdirSync(directory).sort(), ['1', '3'])
  assert.equal(readNewest(directory, 3), 'first')
  assert.equal(readNewest(directory, 4), 'third')
  writeFileSync(join(directory, '2.0.new'), 'a crash has left it')
  keep(bytesOf('fourth'), 4, directory)
  assert.deepEqual(readdirSync(directory).sort(), ['3', '4'])
})

for (const [what, damage] of [
  ['truncated', (path: string) => truncateSync(path, statSync(path).size - 1)],
  ['empty', (path: string) => writeFileSync(path, '')],
  ['foreign', (path: string) => writeFileSync(path, 'process.exit(99)')],
  ['a folder', (path: string) => [rmSync(path), mkdirSync(path)]],
  [
    'changed by one bit',
    (path: string) => {
      const bytes = readFileSync(path)
      bytes[bytes.length - 4] = (bytes[bytes.length - 4] as number) ^ 1
      writeFileSync(path, bytes)
    },
  ],
] as const) {
  test(`a file that is ${what} is ignored, and does not keep others from keeping something`, (t) => {
    const directory = place(t)
    keep(bytesOf({ some: 'value' }), 1, directory)
    damage(join(directory, '1'))
    assert.equal(readNewest(directory, 2), undefined)
    keep(bytesOf('anew'), 2, directory)
    assert.equal(readNewest(directory, 3), 'anew')
    keep(bytesOf('later'), 3, directory)
    assert.deepEqual(readdirSync(directory).sort(), ['2', '3'])
  })
}

for (const umask of [0, 0o777]) {
  test(`only this user can read it, whatever the umask: ${umask.toString(8)}`, (t) => {
    const directory = place(t)
    const before = process.umask(umask)
    try {
      keep(bytesOf('secret'), 1, directory)
    } finally {
      process.umask(before)
    }
    assert.equal(statSync(dirname(directory)).mode & 0o7777, 0o700)
    assert.equal(statSync(directory).mode & 0o7777, 0o700)
    assert.equal(statSync(join(directory, '1')).mode & 0o7777, 0o600)
    assert.equal(readNewest(directory, 2), 'secret')
  })
}

test('each program has a directory of its own, which names its parent and cannot be guessed', () => {
  const names = [1, 2].map(() => {
    const state = createStateDirectory(process.cwd())
    state.remove()
    return basename(state.directory)
  })
  for (const name of names) assert.match(name, new RegExp(`\\.${process.pid}\\.\\d+-[0-9a-f]{16}$`))
  assert.notEqual(names[0]?.split('-').at(-1), names[1]?.split('-').at(-1))
})

test('outside the child nothing is kept, nor even refused', () => {
  saveState(() => {})
  assert.deepEqual([generation, savedState()], [0, undefined])
})
