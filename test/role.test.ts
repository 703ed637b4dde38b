import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { roleOfProcess } from '../src/find-role.ts'
import { start } from './helpers/start.ts'
import { REPOSITORY, tempDir } from './helpers/temp-dir.ts'

for (const [what, value] of [
  ['unset', undefined],
  ['empty', ''],
  ['preset to a word', 'yes'],
  ['preset to a number', '1'],
  ['malformed', '123:{"parent":'],
  ['JSON that is not a certificate', '123:{"hello":1}'],
  ['JSON of another kind', '123:null'],
  [
    'a certificate of a parent that is not ours',
    `1:{"parent":1,"pipe":3,"launch":{"generation":4,"changes":[]}}`,
  ],
  ['OFF, which is not off', 'OFF'],
] as const) {
  test(`EXIT75 ${what}: the program is a parent, and the variable is gone`, (t) => {
    withVariable(t, value)
    assert.deepEqual(roleOfProcess(), { is: 'parent' })
    assert.equal('EXIT75' in process.env, false)
  })
}

test('EXIT75=off: neither, and what it starts is to be neither as well', (t) => {
  withVariable(t, 'off')
  assert.deepEqual(roleOfProcess(), { is: 'neither', because: 'EXIT75 is "off"' })
  assert.equal(process.env.EXIT75, 'off')
})

function withVariable(t: TestContext, value: string | undefined): void {
  const before = process.env.EXIT75
  const set = (to: string | undefined) => {
    if (to === undefined) delete process.env.EXIT75
    else process.env.EXIT75 = to
  }
  t.after(() => set(before))
  set(value)
}

/** A module that says what the process, or thread, that imports it is. */
const ROLE = `
  import { CHILD, PARENT, generation, shouldRestart } from 'exit75'
  export const role = \`parent=\${PARENT} child=\${CHILD} generation=\${generation} variable=\${process.env.EXIT75}\`
  export { CHILD, PARENT, generation, shouldRestart }`

const IS_PARENT = 'parent=true child=false generation=0 variable=undefined'
const IS_CHILD = (generation: number) => `parent=false child=true generation=${generation} variable=undefined`
const IS_NEITHER = 'parent=false child=false generation=0'

test('a parent and its child; what the child starts is a parent of its own; a cluster worker never is', async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    'app.mjs': `
      import { fork, spawnSync } from 'node:child_process'
      import cluster from 'node:cluster'
      import { readFileSync } from 'node:fs'
      import { launchChild } from 'exit75'
      import { PARENT, role } from './role.mjs'
      const who = process.argv[2] ?? (cluster.isWorker ? 'worker' : 'first')
      console.log(who, role)
      if (PARENT) launchChild({ env: {} }) // so that its child is not started before its configuration is there
      else if (cluster.isWorker) {
        await launchChild().catch((error) => console.log(error.message))
        process.disconnect()
      } else if (who === 'first') {
        // With the variable of a parent that lives, as a tool that has kept a copy would.
        const [, EXIT75] = /(?:^|\\0)EXIT75=([^\\0]*)/.exec(readFileSync('/proc/self/environ', 'utf8'))
        console.log('stolen', EXIT75.length > 20)
        spawnSync(process.execPath, ['app.mjs', 'spawned'], { stdio: 'inherit', env: { ...process.env, EXIT75 } })
        fork('app.mjs', ['forked'])
        cluster.fork()
      }`,
  })
  const run = start(t, ['app.mjs'], {
    cwd: dir.path,
    env: { EXIT75: '123:{"hello":1}', EXIT75_STANDBY: '0' },
  })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  assert.equal(run.count('stolen true'), 1, run.output())
  for (const who of ['first', 'spawned', 'forked']) {
    assert.equal(run.count(`${who} ${IS_PARENT}`), 1, run.output())
    assert.equal(run.count(`${who} ${IS_CHILD(1)}`), 1, run.output())
  }
  assert.equal(run.count(`worker ${IS_NEITHER} variable=undefined`), 1, run.output())
  assert.equal(run.count('launchChild(): this is a cluster worker, so there is nothing to launch here'), 1)
})

test('under EXIT75=off everything does nothing, also in what the program starts', async (t) => {
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

test('the worker threads of the app see the role and the flag, whatever they are made of', async (t) => {
  const dir = tempDir(t, {
    'role.mjs': ROLE,
    'thread.mjs': `
      import { parentPort } from 'node:worker_threads'
      import { role, shouldRestart } from './role.mjs'
      console.log('file', role)
      parentPort.postMessage('works')
      while (!shouldRestart());
      console.log('file saw it')`,
    'app.mjs': `
      import { once } from 'node:events'
      import { Worker } from 'node:worker_threads'
      import { launchChild, requestRestart } from 'exit75'
      import { CHILD } from './role.mjs'
      if (!CHILD) launchChild()
      else {
        const evaluated = \`
          import('\${new URL('./role.mjs', import.meta.url)}').then(({ role, shouldRestart }) => {
            console.log('eval', role)
            require('node:worker_threads').parentPort.postMessage('works')
            while (!shouldRestart());
            console.log('eval saw it')
          })\`
        const threads = [new Worker(new URL('./thread.mjs', import.meta.url)), new Worker(evaluated, { eval: true })]
        const all = (event) => Promise.all(threads.map((thread) => once(thread, event)))
        const ends = all('exit')
        await all('message')
        requestRestart()
        await ends
        process.exit(0)
      }`,
  })
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
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
  const run = start(t, ['app.mjs'], { cwd: dir.path, env: { EXIT75_STANDBY: '0' } })
  assert.deepEqual(await run.ended, { code: 0, signal: null }, run.output())
  assert.equal(run.count('true true false false 0 0'), 1, run.output())
  assert.equal(run.count('false false true true 1 1'), 1)
  assert.equal(run.count('false false true true 2 2'), 1)
  assert.equal(run.count(/\[exit75\] by the second · restarted/), 1, run.output())
})

test('in the child the flags, the arguments and the variables are as the user gave them', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild } from 'exit75'
      const { EXIT75_CHANGES, ...env } = process.env
      console.log('sees', JSON.stringify([process.execArgv, process.argv, process.argv0, process.cwd(), env]))
      if (PARENT) { process.env.CHANGED = '1'; process.chdir('/'); launchChild({ env: { CHANGED: undefined } }) }
      else process.exit(generation < 2 ? 75 : 0)`,
  })
  const run = start(t, ['app.mjs', 'a b', '--flag', ''], {
    cwd: dir.path,
    flags: ['--stack-trace-limit=7', '--no-deprecation'],
    env: { ODD: 'ü "quoted" $x' },
  })
  assert.deepEqual(await run.ended, { code: 0, signal: null })
  const [parent, ...children] = [...run.output().matchAll(/^sees (.*)$/gm)].map(([, json]) => json)
  assert.equal(children.length, 2)
  for (const child of children) assert.equal(child, parent)
})
