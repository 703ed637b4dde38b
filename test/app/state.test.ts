import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type Run, start } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

/** A program with this code in the child, and a folder of its own for temporary files. */
function app(t: Test, child: string, options = ''): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild({ ${options} })
      else await import('./main.mjs')`,
    'main.mjs': `
      import assert from 'node:assert/strict'
      import fs from 'node:fs'
      import { generation, saveState, savedState } from 'exit75'
      const keep = (value) => { saveState(value); process.exit(75) }
      const stay = () => setInterval(() => {}, 1000)
      const directory = () => {
        const ours = process.env.TMPDIR + '/exit75-' + process.getuid()
        return ours + '/' + fs.readdirSync(ours)[0]
      }
      ${child}`,
    'tmp/.keep': '',
  })
}

const run = (t: Test, dir: TempDir, env = {}): Run =>
  start(t, ['app.mjs'], { cwd: dir.path, env: { TMPDIR: dir.file('tmp'), ...env } })

const codeOf = (dir: TempDir): string => readFileSync(dir.file('main.mjs'), 'utf8')

/** This user's directory, and what is in it. */
const ours = (dir: TempDir): string => dir.file(`tmp/exit75-${process.getuid?.()}`)
const left = (dir: TempDir): string[] => (existsSync(ours(dir)) ? readdirSync(ours(dir)) : [])
const isClean = (dir: TempDir): boolean => readdirSync(dir.file('tmp')).join() === '.keep'

/** What it is, the value, and what becomes of it where that is something else. */
const VALUES: readonly (readonly [string, string, string?])[] = [
  ['undefined', 'undefined'],
  ['null', 'null'],
  ['a text with all of Unicode', "'grün \\u{1F600} \\ud800'"],
  ['numbers that JSON does not know', '[NaN, -0, Infinity, 2 ** 53]'],
  ['BigInt', '[10n ** 50n, -1n]'],
  ['an undefined field and a hole', '{ a: undefined, list: [1, , 3] }'],
  ['Map and Set', "new Map([[{ key: 1 }, new Set(['a', 2])], ['b', new Map()]])"],
  ['Date', '[new Date(75), new Date(0)]'],
  ['RegExp', '/a+[b]/gi'],
  ['typed arrays', '[new Uint8Array([1, 2]), new Float64Array([0.5]), new BigInt64Array([5n])]'],
  ['ArrayBuffer and DataView', '[new Uint8Array([7, 5]).buffer, new DataView(new ArrayBuffer(8), 2)]'],
  ['Buffer', "Buffer.from('bytes')"],
  ['a part of a Buffer', "Buffer.from('bytes').subarray(1, 3)"],
  ['a cycle, and one object in two places', 'cycle()'],
  ['errors with cause', "new RangeError('far', { cause: new TypeError('near') })"],
  ['boxed values', "[Object('text'), Object(1), Object(true)]"],
  ['an object without a prototype', '{ __proto__: null, a: 1 }', '{ a: 1 }'],
  ['the fields of an object of a class', 'new (class Job { #secret = () => {}; id = 1 })()', '{ id: 1 }'],
]

for (const [what, value, expected = value] of VALUES) {
  test(`survives: ${what}`, async (t) => {
    const dir = app(
      t,
      `function cycle() {
         const one = { name: 'one', parts: [] }
         one.parts.push(one, one)
         return one
       }
       if (generation === 1) keep({ value: ${value} })
       assert.deepStrictEqual(savedState(), { value: ${expected} })
       assert.equal(savedState(), savedState())
       assert.equal(savedState().value instanceof Buffer, ${value.startsWith('Buffer')})
       console.log('the same')`,
    )
    const parent = run(t, dir)
    assert.deepEqual(await parent.ended, { code: 0, signal: null }, parent.output())
    assert.equal(parent.count('the same'), 1)
  })
}

test('undefined in the first generation, and what was kept last in each later one', async (t) => {
  const dir = app(
    t,
    `console.log('got', savedState())
     if (generation === 4) process.exit(0)
     saveState('early'); saveState(generation)
     console.log('still', savedState())
     process.exit(75)`,
  )
  const parent = run(t, dir)
  await parent.ended
  for (const line of ['got undefined', 'still undefined', 'got 1', 'still 1', 'got 2', 'got 3'])
    assert.equal(parent.count(line), 1, line)
})

test('kill -9 in the middle of it leaves the earlier value whole', async (t) => {
  const dir = app(
    t,
    `const state = savedState()
     const isWhole = state?.bytes.equals(Buffer.alloc(20e6, state.round % 251))
     console.log('round', state?.round ?? 0, isWhole ? 'whole' : 'nothing', process.pid)
     for (let round = (state?.round ?? 0) + 1; ; round += 1) {
       saveState({ round, bytes: Buffer.alloc(20e6, round % 251) })
       if (round === 1) { console.log('saved', process.pid); await new Promise(stay) }
     }`,
    "onCrash: 'wait', standby: false",
  )
  const main = codeOf(dir)
  const parent = run(t, dir)
  const [, first] = await parent.says(/saved (\d+)/)
  process.kill(Number(first), 'SIGKILL')
  for (let round = 1; round <= 10; round += 1) {
    await parent.says('[exit75] the app was killed by SIGKILL')
    dir.write('main.mjs', `// ${round}\n${main}`)
    const [, kept, how, pid] = await parent.says(/round (\d+) (\w+) (\d+)/)
    assert.equal(how, 'whole', parent.output())
    assert.ok(Number(kept) >= 1)
    await sleep(Math.random() * 120)
    process.kill(Number(pid), 'SIGKILL')
  }
  await parent.says('[exit75] the app was killed by SIGKILL')
  assert.equal(parent.count(/damaged/), 0)
  // Of each generation at most one, and one that was not finished.
  const [name = ''] = left(dir)
  assert.ok(readdirSync(join(ours(dir), name)).length <= 4, 'what was not finished is removed')
})

for (const umask of ['0', '0o777']) {
  test(`only this user can read it, whatever the umask: ${umask}`, async (t) => {
    const dir = app(t, `process.umask(${umask}); saveState('secret'); console.log('saved'); stay()`)
    const parent = run(t, dir)
    await parent.says('saved')
    const [name = ''] = left(dir)
    const path = join(ours(dir), name)
    assert.equal(statSync(ours(dir)).mode & 0o7777, 0o700)
    assert.equal(statSync(path).mode & 0o7777, 0o700)
    assert.equal(statSync(join(path, '1')).mode & 0o7777, 0o600)
    assert.match(name, new RegExp(`\\.${parent.pid}\\.\\d+-[0-9a-f]{16}$`))
  })
}

test('each program has its own, and nothing is written as long as nothing is kept', async (t) => {
  const dir = app(t, "if (process.env.SAVE) saveState(1); console.log('ready'); stay()")
  await run(t, dir).says('ready')
  assert.ok(isClean(dir))
  for (const parent of [run(t, dir, { SAVE: '1' }), run(t, dir, { SAVE: '1' })]) await parent.says('ready')
  const tails = left(dir).map((name) => name.split('-').at(-1))
  assert.equal(new Set(tails).size, 2)
})

const SAVES = "saveState('something'); console.log('saved', process.pid)"

for (const [what, child, options, act] of [
  ['exits', `${SAVES}; process.stdin.once('data', () => process.exit(3))`, '', (p: Run) => p.type('go\n')],
  ['crashes', `${SAVES}; process.stdin.once('data', () => nonsense())`, '', (p: Run) => p.type('go\n')],
  ['is sent SIGTERM', `${SAVES}; stay()`, '', (p: Run) => p.signal('SIGTERM')],
  ['is sent SIGINT', `${SAVES}; stay()`, '', (p: Run) => p.signal('SIGINT')],
  ['is sent SIGHUP', `${SAVES}; stay()`, '', (p: Run) => p.signal('SIGHUP')],
  ['is killed (the parent)', `${SAVES}; stay()`, '', (p: Run) => p.signal('SIGKILL')],
  [
    'is killed (the parent), and the main thread is busy',
    `${SAVES}; for (;;) saveState('again')`,
    'killTimeout: 300',
    (p: Run) => p.signal('SIGKILL'),
  ],
  [
    'exits from a callback of the parent',
    `${SAVES}; process.stdin.once('data', () => process.exit(75))`,
    'onRestart: () => process.exit(4)',
    (p: Run) => p.type('go\n'),
  ],
] as const) {
  test(`it is gone when the program ${what}`, async (t) => {
    const dir = app(t, child, options)
    const parent = run(t, dir)
    const [, pid] = await parent.says(/saved (\d+)/)
    assert.equal(left(dir).length, 1)
    act(parent)
    await parent.ended
    await until('the child is gone', parent.output, () => !isAlive(Number(pid)))
    assert.ok(isClean(dir), readdirSync(dir.file('tmp')).join())
  })
}

test('when both were killed, the next parent removes it', async (t) => {
  const dir = app(t, `${SAVES}; stay()`, 'standby: false')
  const first = run(t, dir)
  const [, pid] = await first.says(/saved (\d+)/)
  const [name = ''] = left(dir)
  // Stopped first: neither is to act when the other is gone.
  first.signal('SIGSTOP')
  process.kill(Number(pid), 'SIGKILL')
  first.signal('SIGKILL')
  await first.ended
  assert.deepEqual(left(dir), [name])
  const second = run(t, dir)
  await second.says('saved')
  await until('what was left is removed', second.output, () => !left(dir).includes(name))
  assert.equal(left(dir).length, 1, 'its own stays')
})

/** Values that cannot be kept, the place in them that is named, and what is there. */
const UNCLONEABLE = [
  ['a function', '() => {}', 'state', 'a function'],
  ['a symbol', "Symbol('s')", 'state', 'a symbol'],
  ['deep in it', '{ jobs: [1, 2, 3, { callback() {} }] }', 'state.jobs[3].callback', 'a function'],
  ['a name that is no word', "{ 'a b': { 'c.d': () => {} } }", 'state["a b"]["c.d"]', 'a function'],
  ['a value in a Map', "{ m: new Map([['k', { f() {} }]]) }", 'state.m.get("k").f', 'a function'],
  ['a key of a Map', 'new Map([[() => {}, 1]])', 'state (a key)', 'a function'],
  ['an element of a Set', "{ s: new Set([1, Symbol('x')]) }", 'state.s (an element)', 'a symbol'],
  ['a socket', '{ client: new net.Socket() }', 'state.client', 'an object of class Socket'],
  ['a server', '[http.createServer()]', 'state[0]', 'an object of class Server'],
  ['a promise', '{ p: Promise.resolve() }', 'state.p', 'an object of class Promise'],
  ['a WeakMap', '{ w: new WeakMap() }', 'state.w', 'an object of class WeakMap'],
  [
    'a function in an object of a class',
    '{ job: new (class Job { done = () => {} })() }',
    'state.job.done',
    'a function',
  ],
  ['behind a cycle', 'cyclic()', 'state.next.bad', 'a function'],
  [
    'a proxy whose keys throw',
    "{ p: new Proxy({}, { ownKeys() { throw new Error('no') } }) }",
    'state.p',
    'an object that throws when it is read',
  ],
  [
    'a constructor that throws',
    "{ w: Object.defineProperty(new WeakMap(), 'constructor', { get() { throw new Error('no') } }) }",
    'state.w',
    'an object of class unknown',
  ],
  [
    'a key of a Map without a prototype',
    'new Map([[{ __proto__: null, a: 1 }, { f() {} }]])',
    'state.get(an object of class null).f',
    'a function',
  ],
  [
    'nested 20,000 deep',
    'nested(20_000)',
    'state.next.next.next.next…',
    'nested more than 1,000 levels deep',
  ],
  [
    'nested so deep that it could be written, and not be read',
    'nested(1_100)',
    'state.next.next.next.next…',
    'nested more than 1,000 levels deep',
  ],
  [
    'arrays and Maps, nested deep',
    "{ a: nested(2_000, (inner) => [new Map([['k', inner]])]) }",
    'state.a[0].get("k")[0]…',
    'nested more than 1,000 levels deep',
  ],
  [
    'a getter that throws',
    "{ get broken() { throw new Error('no') } }",
    'state.broken',
    'a getter that throws',
  ],
] as const

test('a value that cannot be kept is refused, the place is named, and the earlier one stays', async (t) => {
  const dir = app(
    t,
    `import http from 'node:http'
     import net from 'node:net'
     function nested(depth, wrap = (next) => ({ next })) { let one = {}; for (let at = 0; at < depth; at += 1) one = wrap(one); return one }
     function cyclic() { const one = {}; one.self = one; one.next = { one, bad: () => {} }; return one }
     if (generation === 2) { console.log('kept', savedState()); process.exit(0) }
     saveState('the earlier one')
     for (const value of [${UNCLONEABLE.map(([, value]) => value)}])
       try { saveState(value); console.log('kept', value) } catch (error) { console.log(error.name + ': ' + error.message) }
     process.exit(75)`,
  )
  const parent = run(t, dir)
  await parent.ended
  const lines = parent.output().match(/^TypeError: .*$/gm) ?? []
  for (const [at, [what, , place, is]] of UNCLONEABLE.entries())
    await t.test(what, () => {
      const line = lines[at] ?? parent.output()
      assert.ok(line.startsWith(`TypeError: saveState(value): ${place} is ${is}, which cannot`), line)
    })
  assert.deepEqual([parent.count('kept'), parent.count('kept the earlier one')], [1, 1])
})

test('broken code in between does not lose it', async (t) => {
  const dir = app(
    t,
    `console.log('got', savedState())
     if (generation === 1) saveState('precious')
     process.stdin.once('data', () => process.exit(75))`,
    "onCrash: 'wait'",
  )
  const main = codeOf(dir)
  const parent = run(t, dir)
  await parent.says('got undefined')
  dir.write('main.mjs', "throw new Error('broken')")
  parent.type('go\n')
  for (const bad of ["throw new Error('still broken')", 'process.exit(9)']) {
    await parent.says(/the app exited with \d+ · waiting for a change/)
    dir.write('main.mjs', bad)
  }
  await parent.says('[exit75] the app exited with 9 · waiting')
  dir.write('main.mjs', main)
  await parent.says('got precious')
})

test('a generation that keeps nothing passes it on', async (t) => {
  const dir = app(
    t,
    `if (generation === 1) saveState({ n: 75 })
     if (generation < 4) process.exit(75)
     console.log('got', savedState().n)`,
  )
  const parent = run(t, dir)
  await parent.ended
  assert.equal(parent.count('got 75'), 1)
})

for (const [what, damage] of [
  ['truncated', 'fs.truncateSync(path, fs.statSync(path).size - 1)'],
  ['empty', "fs.writeFileSync(path, '')"],
  ['a bit flipped', 'const b = fs.readFileSync(path); b[b.length - 4] ^= 1; fs.writeFileSync(path, b)'],
  ['foreign', "fs.writeFileSync(path, 'process.exit(99)')"],
  ['a folder', 'fs.rmSync(path); fs.mkdirSync(path)'],
] as const) {
  test(`a file that is ${what} is ignored with one line`, async (t) => {
    const dir = app(
      t,
      `if (generation === 1) {
         saveState({ some: 'value' })
         const path = directory() + '/1'
         ${damage}
         process.exit(75)
       }
       if (generation === 2) {
         console.log('got', savedState(), savedState())
         keep('anew')
       }
       console.log('then', savedState())`,
    )
    const parent = run(t, dir)
    assert.deepEqual(await parent.ended, { code: 0, signal: null })
    assert.equal(parent.count('got undefined undefined'), 1)
    assert.equal(parent.count('then anew'), 1)
    assert.equal(parent.count(/^\[exit75\] the saved state in .* is damaged · ignored$/), 1, parent.output())
  })
}

test('from many threads at once: none throws, and what is kept is one of them, whole', async (t) => {
  const dir = app(
    t,
    `import { Worker } from 'node:worker_threads'
     if (generation === 1) {
       const code = "const { workerData } = require('node:worker_threads'); const { saveState } = require('exit75');"
         + "for (let n = 0; n < 200; n += 1) saveState(Array.from({ length: 1000 }, () => workerData))"
       const threads = [1, 2, 3, 4].map((workerData) => new Worker(code, { eval: true, workerData }))
       await Promise.all(threads.map((thread) => new Promise((resolve, reject) => thread.on('exit', resolve).on('error', reject))))
       console.log('files', fs.readdirSync(directory()).join())
       process.exit(75)
     }
     const state = savedState()
     console.log('got', state.length, new Set(state).size)`,
  )
  const parent = run(t, dir)
  assert.deepEqual(await parent.ended, { code: 0, signal: null }, parent.output())
  assert.equal(parent.count('files 1'), 1, parent.output())
  assert.equal(parent.count('got 1000 1'), 1, parent.output())
})

test('worker threads of the app keep and take it, too', async (t) => {
  const dir = app(
    t,
    `import { Worker } from 'node:worker_threads'
     const ask = (code) => new Promise((resolve) => new Worker(
       "const { parentPort } = require('node:worker_threads'); const { saveState, savedState } = require('exit75');" + code,
       { eval: true }).on('message', resolve))
     if (generation === 1) {
       await ask("saveState('from a thread'); parentPort.postMessage(1)")
       process.exit(75)
     }
     saveState('from the main thread')
     console.log('thread got', await ask('parentPort.postMessage(savedState())'))
     console.log('main got', savedState())`,
  )
  const parent = run(t, dir)
  await parent.ended
  assert.equal(parent.count('thread got from a thread'), 1, parent.output())
  assert.equal(parent.count('main got from a thread'), 1)
})

test('in CommonJS', async (t) => {
  const dir = tempDir(t, {
    'app.cjs': `
      const { PARENT, generation, launchChild, saveState, savedState } = require('exit75')
      if (PARENT) launchChild()
      else if (generation === 1) { saveState(new Map([[1, 2]])); process.exit(75) }
      else console.log('got', savedState())`,
  })
  const parent = start(t, ['app.cjs'], { cwd: dir.path })
  await parent.says('got Map(1) { 1 => 2 }')
})

test('outside the child it does nothing', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, saveState, savedState } from 'exit75'
      saveState(() => 'not even refused')
      console.log('parent', PARENT, savedState())`,
    'tmp/.keep': '',
  })
  for (const [env, says] of [
    [{}, 'parent true undefined'],
    [{ EXIT75: 'off' }, 'parent false undefined'],
  ] as const) {
    const one = start(t, ['app.mjs'], { cwd: dir.path, env: { TMPDIR: dir.file('tmp'), ...env } })
    await one.says(says)
    assert.deepEqual(await one.ended, { code: 0, signal: null })
  }
  assert.deepEqual(left(dir), [])
})
