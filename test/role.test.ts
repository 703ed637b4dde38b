import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { test } from 'node:test'
import { start } from './helpers/start.ts'
import { REPOSITORY, tempDir } from './helpers/temp-dir.ts'

/** A module that says what the process, or thread, that imports it is. */
const ROLE = `
  import { CHILD, PARENT, generation, shouldRestart } from 'exit75'
  export const role = \`parent=\${PARENT} child=\${CHILD} generation=\${generation} variable=\${process.env.EXIT75}\`
  export { CHILD, PARENT, generation, shouldRestart }`

const IS_PARENT = 'parent=true child=false generation=0 variable=undefined'
const IS_CHILD = (generation: number) => `parent=false child=true generation=${generation} variable=undefined`
const IS_NEITHER = 'parent=false child=false generation=0'

for (const [what, value] of [
  ['unset', undefined],
  ['empty', ''],
  ['preset to a word', 'yes'],
  ['preset to a number', '1'],
  ['malformed', '123:{"parent":'],
  ['JSON that is no certificate', '123:{"hello":1}'],
  ['JSON of another kind', '123:null'],
  [
    'a certificate of a parent that is not ours',
    `1:{"parent":1,"pipe":3,"launch":{"generation":4,"changes":[]}}`,
  ],
  ['OFF, which is not off', 'OFF'],
] as const) {
  test(`EXIT75 ${what}: the program is a parent, and its child a child`, async (t) => {
    const dir = tempDir(t, {
      'role.mjs': ROLE,
      'app.mjs': `
        import { launchChild } from 'exit75'
        import { PARENT, generation, role } from './role.mjs'
        console.log(role)
        if (PARENT) launchChild()
        else process.exit(generation < 2 ? 75 : 0)`,
    })
    const run = start(t, ['app.mjs'], { cwd: dir.path, env: value === undefined ? {} : { EXIT75: value } })
    assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
    assert.equal(run.count(IS_PARENT), 1, run.output())
    assert.equal(run.count(IS_CHILD(1)), 1, run.output())
    assert.equal(run.count(IS_CHILD(2)), 1, run.output())
  })
}

test('EXIT75=off: neither, everything does nothing, and what it starts is off as well', async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    'app.mjs': `
      import { changes, onRestart, requestRestart, restartSignal, shouldRestart, watch } from 'exit75'
      import { spawnSync } from 'node:child_process'
      import { role } from './role.mjs'
      console.log(role)
      requestRestart()
      watch('role.mjs')()
      onRestart(() => console.log('never'))()
      console.log('still', shouldRestart(), restartSignal.aborted, changes().length)
      if (process.argv.length < 3) spawnSync(process.execPath, ['app.mjs', 'again'], { stdio: 'inherit' })`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75: 'off' } })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count(`${IS_NEITHER} variable=off`), 2, run.output())
  assert.equal(run.count('still false false 0'), 2)
  assert.equal(run.count('never'), 0)
})

test('what the child starts is its own parent: spawn, fork, and with the whole environment', async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    'app.mjs': `
      import { fork, spawnSync } from 'node:child_process'
      import { launchChild } from 'exit75'
      import { PARENT, role } from './role.mjs'
      const depth = Number(process.argv[2] ?? 1)
      console.log(process.argv[3] ?? 'first', depth, role)
      if (PARENT) launchChild()
      else if (depth < 2) {
        spawnSync(process.execPath, ['app.mjs', depth + 1, 'spawn'], { stdio: 'inherit', env: process.env })
        fork('app.mjs', [depth + 1, 'fork'])
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  for (const who of ['first 1', 'spawn 2', 'fork 2']) {
    assert.equal(run.count(`${who} ${IS_PARENT}`), 1, run.output())
    assert.equal(run.count(`${who} ${IS_CHILD(1)}`), 1, run.output())
  }
})

test("a grandchild that inherits a living parent's variable does not take it for its own", async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    // Saved before exit75 can remove it, as a tool that starts the app with a copy would.
    'steal.cjs': 'globalThis.stolen = process.env.EXIT75',
    'app.mjs': `
      import { spawnSync } from 'node:child_process'
      import { launchChild } from 'exit75'
      import { CHILD, role } from './role.mjs'
      console.log(process.argv[2] ?? 'first', role)
      if (!CHILD) launchChild()
      else if (process.argv[2] === undefined) {
        const { readFileSync } = await import('node:fs')
        const stolen = /(?:^|\\0)EXIT75=([^\\0]*)/.exec(readFileSync('/proc/self/environ', 'utf8'))[1]
        console.log('stolen', stolen.length > 20)
        spawnSync(process.execPath, ['app.mjs', 'second'], { stdio: 'inherit', env: { ...process.env, EXIT75: stolen } })
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('stolen true'), 1, run.output())
  assert.equal(run.count(`second ${IS_PARENT}`), 1, run.output())
  assert.equal(run.count(`second ${IS_CHILD(1)}`), 1, run.output())
})

test('a cluster worker is never a parent', async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    'app.mjs': `
      import cluster from 'node:cluster'
      import { launchChild } from 'exit75'
      import { PARENT, role } from './role.mjs'
      console.log(cluster.isWorker ? 'worker' : 'primary', role)
      if (PARENT) launchChild()
      else if (cluster.isWorker) {
        await launchChild().catch((error) => console.log(error.message))
        process.disconnect()
      } else { cluster.fork(); cluster.fork() }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count(`worker ${IS_NEITHER} variable=undefined`), 2, run.output())
  assert.equal(run.count('launchChild(): this is a cluster worker, so there is nothing to launch here'), 2)
})

test('the worker threads of the app see the role and the flag, whatever they are made of', async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    'thread.mjs': `
      import { parentPort } from 'node:worker_threads'
      import { role, shouldRestart } from './role.mjs'
      console.log('file', role)
      while (!shouldRestart());
      console.log('file saw it')`,
    'app.mjs': `
      import { Worker } from 'node:worker_threads'
      import { launchChild, requestRestart } from 'exit75'
      import { CHILD, generation } from './role.mjs'
      if (!CHILD) launchChild()
      else if (generation > 1) process.exit(0)
      else {
        const evaluated = \`
          import('\${new URL('./role.mjs', import.meta.url)}').then(({ role, shouldRestart }) => {
            console.log('eval', role)
            while (!shouldRestart());
            console.log('eval saw it')
          })\`
        const threads = [new Worker(new URL('./thread.mjs', import.meta.url)), new Worker(evaluated, { eval: true })]
        const ends = threads.map((thread) => new Promise((resolve) => thread.on('exit', resolve)))
        setTimeout(requestRestart, 300)
        await Promise.all(ends)
        process.exit(75)
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
  for (const kind of ['file', 'eval']) {
    assert.equal(run.count(`${kind} ${IS_CHILD(1)}`), 1, run.output())
    assert.equal(run.count(`${kind} saw it`), 1)
  }
})

test('two copies of the package in one process share one role and one flag', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import * as one from 'exit75'
      import * as two from './copy/dist/index.js'
      if (one.launchChild === two.launchChild) throw new Error('they are the same')
      console.log(one.PARENT, two.PARENT, one.CHILD, two.CHILD, one.generation, two.generation)
      if (two.PARENT) two.launchChild()
      else if (one.generation === 1) {
        two.requestRestart('by the second')
        while (!one.shouldRestart() || !two.shouldRestart());
        process.exit(75)
      }`,
  })
  // The dependencies are found in the folder above, as in a workspace.
  for (const what of ['dist', 'package.json']) {
    cpSync(`${REPOSITORY}/${what}`, dir.file(`copy/${what}`), { recursive: true })
  }
  for (const dependency of ['node-watch', 'signal-exit']) {
    cpSync(`${REPOSITORY}/node_modules/${dependency}`, dir.file(`node_modules/${dependency}`), {
      recursive: true,
    })
  }
  const run = start(t, ['app.mjs'], { cwd: dir.path })
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
  assert.equal(run.count('true true false false 0 0'), 1, run.output())
  assert.equal(run.count('false false true true 1 1'), 1)
  assert.equal(run.count('false false true true 2 2'), 1)
  assert.equal(run.count('[exit75] by the second · restarted in'), 1)
})

test('in the child the flags, the arguments and the variables are as the user gave them', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild } from 'exit75'
      const { EXIT75_CHANGES, ...env } = process.env
      console.log('sees', JSON.stringify([process.execArgv, process.argv, process.argv0, process.cwd(), env]))
      if (PARENT) { process.env.CHANGED = '1'; process.chdir('/'); launchChild({ env: { CHANGED: undefined } }) }
      else process.exit(generation < 3 ? 75 : 0)`,
  })
  const run = start(t, ['app.mjs', 'a b', '--flag', ''], {
    cwd: dir.path,
    flags: ['--stack-trace-limit=7', '--no-deprecation'],
    env: { ODD: 'ü "quoted" $x' },
  })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  const [parent, ...children] = [...run.output().matchAll(/^sees (.*)$/gm)].map(([, json]) => json)
  assert.equal(children.length, 3)
  for (const child of children) assert.equal(child, parent)
})
