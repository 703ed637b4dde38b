import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { start, startCommand } from './helpers/start.ts'
import { tempDir } from './helpers/temp-dir.ts'
import { terminal } from './helpers/terminal.ts'

const ADVICE = 'Call it in the parent only: if (PARENT) launchChild() else main()'

/** Says what became of the promise, and of the program around it. */
const HOST = (options: string, child: string) => `
  import { PARENT, generation, launchChild } from 'exit75'
  if (PARENT) {
    console.log('ended', JSON.stringify(await launchChild(${options})))
    const { createServer } = await import('node:net')
    createServer().listen(0, function () { console.log('goes on'); this.close() })
  } else { ${child} }`

for (const [child, ending] of [
  ['process.exit(generation < 3 ? 75 : 4)', { code: 4, signal: null, restarts: 2 }],
  ['', { code: 0, signal: null, restarts: 0 }],
  ["process.kill(process.pid, 'SIGKILL')", { code: null, signal: 'SIGKILL', restarts: 0 }],
  [
    "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 9)",
    { code: null, signal: 'SIGTERM', restarts: 0 },
  ],
] as const) {
  test(`exit: false resolves with ${JSON.stringify(ending)}, and the program goes on and ends`, async (t) => {
    const dir = tempDir(t, { 'app.mjs': HOST('{ exit: false }', child) })
    const run = start(t, ['app.mjs'], { cwd: dir.path })
    assert.deepEqual(await run.ended, { code: 0, signal: null })
    const [, json] = /^ended (.*)$/m.exec(run.output()) ?? []
    assert.deepEqual(JSON.parse(json as string), ending)
    assert.equal(run.count('goes on'), 1)
  })
}

test('exit: false, and a signal: the program is told of it, and can then be ended by the next one', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) {
        console.log('ended', JSON.stringify(await launchChild({ exit: false })))
        setInterval(() => {}, 1000)
        console.log('goes on')
      } else { setInterval(() => {}, 1000); console.log('ready') }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  await run.says('ready')
  run.signal('SIGTERM')
  await run.says('ended {"code":null,"signal":"SIGTERM","restarts":0}')
  await run.says('goes on')
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
})

test('exit: false twice in a row, as two programs', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) {
        for (let n = 1; n <= 2; n += 1) console.log('ended', n, (await launchChild({ exit: false, env: { N: \`\${n}\` } })).code)
        console.log('listeners', process.listenerCount('SIGTERM'), process.listenerCount('SIGUSR2'))
      } else process.exit(Number(process.env.N))`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.match(run.output(), /^ended 1 1\nended 2 2\nlisteners 0 0$/m)
})

for (const [where, program, reason] of [
  [
    'in the child',
    `import { PARENT, launchChild } from 'exit75'
     launchChild().catch((error) => { console.log(error.message); process.exit(3) })`,
    'this process is the child',
  ],
  [
    'in a worker thread of the child',
    `import { PARENT, launchChild } from 'exit75'
     import { isMainThread, Worker } from 'node:worker_threads'
     if (PARENT) launchChild()
     else if (isMainThread) new Worker(new URL(import.meta.url)).on('exit', () => process.exit(3))
     else launchChild().catch((error) => console.log(error.message))`,
    'this process is the child',
  ],
  [
    'in a worker thread of a program that exit75 did not start',
    `import { launchChild } from 'exit75'
     import { isMainThread, Worker } from 'node:worker_threads'
     if (isMainThread) new Worker(new URL(import.meta.url)).on('exit', () => process.exit(3))
     else launchChild().catch((error) => console.log(error.message))`,
    'this is a worker thread, so there is nothing to launch here',
  ],
] as const) {
  test(`launchChild() ${where} is an error that says what to do`, async (t) => {
    const run = start(t, ['app.mjs'], { cwd: tempDir(t, { 'app.mjs': program }).path })
    assert.deepEqual(await run.ended, { code: 3, signal: null })
    assert.equal(run.count(`launchChild(): ${reason}. ${ADVICE}`), 1, run.output())
  })
}

const BARE = `import { launchChild } from 'exit75'; await launchChild()`

test('launchChild() under EXIT75=off is an error that says what to do', async (t) => {
  const dir = tempDir(t, { 'app.mjs': BARE })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75: 'off' } })
  assert.deepEqual(await run.ended, { code: 1, signal: null })
  assert.ok(
    run.output().includes(`launchChild(): EXIT75 is "off", so there is nothing to launch here. ${ADVICE}`),
  )
})

const FROM_FILE =
  /launchChild\(\): this program cannot be started a second time, because it (came from standard input|is the REPL)\. Put it into a file and run: node file\.js/

test('launchChild() in a program from standard input is refused: node -, node < file', async (t) => {
  const dir = tempDir(t, { 'app.mjs': BARE })
  for (const args of [['--input-type=module', '-'], ['--input-type=module']]) {
    const run = start(t, args, { cwd: dir.path })
    run.process.stdin?.end(readFileSync(dir.file('app.mjs')))
    assert.deepEqual(await run.ended, { code: 1, signal: null })
    assert.match(run.output(), FROM_FILE)
    assert.match(run.output(), /standard input/)
  }
})

test('launchChild() in the REPL is refused, and the REPL goes on', async (t) => {
  const dir = tempDir(t, {})
  for (const args of [['-i'], ['--interactive']]) {
    const run = start(t, args, { cwd: dir.path })
    run.type(`void require('exit75').launchChild().catch((error) => console.log(error.message))\n`)
    await run.says(FROM_FILE)
    run.type('.exit\n')
    assert.deepEqual(await run.ended, { code: 0, signal: null })
    assert.match(run.output(), /it is the REPL/)
  }
})

test('launchChild() in the REPL at a terminal is refused, too', async (t) => {
  const shell = await terminal(t, { cwd: tempDir(t, {}).path })
  shell.enter('$NODE')
  await shell.says(/> /)
  shell.enter(`void require('exit75').launchChild().catch((error) => console.log(error.message))`)
  await shell.says(FROM_FILE)
})

test('-e, --eval= and -p have their program in the flags: it is launched again', async (t) => {
  const dir = tempDir(t, {})
  const program = `
    const { PARENT, generation, launchChild } = require('exit75')
    if (PARENT) launchChild()
    else { console.log('generation', generation, ...process.argv.slice(1)); process.exit(generation < 2 ? 75 : 7) }`
  for (const args of [
    ['-e', program, 'one', '--two'],
    [`--eval=${program}`, 'one', '--two'],
    ['-p', program, 'one', '--two'],
  ]) {
    const dashed =
      args[0] === '-e' || args[0] === '-p'
        ? [args[0], args[1] as string, '--', ...args.slice(2)]
        : args.toSpliced(1, 0, '--')
    const run = start(t, dashed, { cwd: dir.path })
    assert.deepEqual(await run.ended, { code: 7, signal: null }, run.output())
    assert.equal(run.count('generation 1 one --two'), 1, run.output())
    assert.equal(run.count('generation 2 one --two'), 1)
  }
})

test('a program whose directory was removed still says so itself', async (t) => {
  const dir = tempDir(t, { 'app.mjs': 'import "exit75"; console.log("imported")' })
  const command = `cd "$(mktemp -d)" && rmdir "$PWD" && exec "$NODE" "${dir.file('app.mjs')}"`
  const run = startCommand(t, 'sh', ['-c', command], { cwd: dir.path, env: { NODE: process.execPath } })
  await run.says('imported')
  assert.deepEqual(await run.ended, { code: 0, signal: null })
})
