import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { receiveSignals, type Target } from '../../src/parent/signals.ts'
import { startCli } from '../helpers/cli.ts'
import { instants } from '../helpers/instants.ts'
import { descendants, isAlive, type Run, type StartOptions, start, startCommand } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'
import { until } from '../helpers/until.ts'

type Test = Parameters<typeof tempDir>[0]

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

/** The child says each signal that it gets, cleans up for a while, and dies of it, or exits. */
function app(t: Test, { options = '', last = 'process.kill(process.pid, signal)' } = {}): TempDir {
  return tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
      import './version.mjs'
      if (PARENT) launchChild({ ${options} })
      else {
        for (const signal of ${JSON.stringify(SIGNALS)}) {
          const handler = () => {
            console.log('got', signal)
            setTimeout(() => {
              console.log('cleaned up')
              process.off(signal, handler)
              ${last}
            }, 200)
          }
          process.on(signal, handler)
        }
        setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)
        console.log('ready', generation, process.pid)
      }`,
    'version.mjs': '// 1',
  })
}

/** No standby: nothing here restarts but where a test says so. */
const begin = (t: Test, dir: TempDir, options: StartOptions = {}): Run =>
  start(t, ['app.mjs'], { cwd: dir.path, ...options, env: { EXIT75_STANDBY: '0', ...options.env } })

for (const signal of SIGNALS) {
  test(`${signal} to the parent alone reaches the app once; its clean-up runs, and the parent ends likewise`, async (t) => {
    const run = begin(t, app(t))
    await run.says('ready 1')
    run.signal(signal)
    assert.deepEqual(await run.ended, { code: null, signal }, run.output())
    assert.match(run.output(), new RegExp(`got ${signal}\ncleaned up\n$`))
    assert.equal(run.count('got'), 1)
  })
}

test('what arrives between the end of a child and the wait for the next is not lost', async () => {
  const signals = receiveSignals('app')
  const target = { onSignal() {}, onRestart() {}, isEnding: () => false } as unknown as Target
  try {
    signals.aim(target)()
    signals.restart('SIGUSR2')
    assert.equal(await signals.next(), 'SIGUSR2')
    const interrupted = signals.interrupted() // the command of onRestart, which a restart request does not end
    signals.end()
    await interrupted
    signals.aim(target)() // the launch that was asked for
    signals.end()
    await signals.interrupted()
    assert.equal(await signals.next(), 'SIGTERM')
  } finally {
    signals.close()
  }
})

test('what arrives while the first child has been started, and nothing is aimed yet, reaches it in that order, once', {
  skip: process.platform === 'win32',
}, () => {
  const signals = receiveSignals('app')
  const heard: string[] = []
  const target = {
    child: { kill: (signal: string) => heard.push(`kill ${signal}`) },
    onSignal: (signal: string) => heard.push(signal),
    onRestart: () => heard.push('restart'),
    isEnding: () => false,
  } as unknown as Target
  try {
    signals.hold()
    for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGTERM'] as const) process.emit(signal, signal)
    assert.equal(signals.pending(), undefined)
    signals.aim(target)()
    assert.deepEqual(heard, ['SIGHUP', 'kill SIGUSR1', 'restart', 'SIGTERM'])
    signals.aim(target)()
    assert.equal(heard.length, 4)
    signals.restart('between two children')
    assert.equal(heard.length, 4, 'it is kept for the wait')
  } finally {
    signals.close()
  }
})

test('SIGUSR1 to the parent reaches the app, and opens no debugger of the parent', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        const listener = () => console.log('got SIGUSR1', process.pid)
        process.on('SIGUSR1', listener)
        setInterval(() => {}, 1000)
        console.log('ready', process.pid)
      }`,
  })
  const run = begin(t, dir)
  const [, pid] = await run.says(/ready (\d+)/)
  run.signal('SIGUSR1')
  await run.says(`got SIGUSR1 ${pid}`)
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  assert.equal(run.count('got'), 1)
  assert.doesNotMatch(run.output(), /Debugger listening/)
})

// What comes after an event is the same for all signals, or a row of generation/child-state.test.ts.
test('SIGHUP to the whole process group reaches the app once', async (t) => {
  const run = begin(t, app(t), { detached: true })
  await run.says('ready 1')
  process.kill(-run.pid, 'SIGHUP')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGHUP' })
  assert.equal(run.count('got'), 1)
  assert.equal(run.count('cleaned up'), 1)
})

test('SIGINT ends an app that does not listen to it', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else { setInterval(() => {}, 1000); console.log('ready', process.pid) }`,
  })
  const run = begin(t, dir)
  const [, pid] = await run.says(/ready (\d+)/)
  run.signal('SIGINT')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGINT' })
  assert.equal(isAlive(Number(pid)), false)
})

test('SIGTERM twice quickly, and once more during the shutdown, is one; the code of the handler is that of the parent', async (t) => {
  const dir = app(t, { last: 'process.exit(7)' })
  const run = begin(t, dir)
  await run.says('ready 1')
  run.signal('SIGTERM')
  run.signal('SIGTERM')
  await run.says('got SIGTERM')
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: 7, signal: null })
  assert.equal(run.count('got'), 1)
  assert.equal(run.count('cleaned up'), 1)
})

test('a signal to the group arrives at a busy app that listens when it is no longer busy, once', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      import { existsSync } from 'node:fs'
      if (PARENT) launchChild()
      else {
        process.on('SIGTERM', () => { console.log('got SIGTERM'); setTimeout(() => process.exit(7), 100) })
        console.log('busy')
        while (!existsSync('go on'));
        setInterval(() => {}, 1000)
      }`,
  })
  const run = begin(t, dir, { detached: true })
  await run.says('busy')
  process.kill(-run.pid, 'SIGTERM')
  dir.write('go on', '')
  assert.deepEqual(await run.ended, { code: 7, signal: null })
  assert.equal(run.count('got'), 1)
})

test('a signal that comes while the app shuts down for a restart ends the program', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, generation, launchChild, onRestart } from 'exit75'
      if (PARENT) launchChild()
      else {
        process.on('SIGTERM', () => console.log('got SIGTERM'))
        onRestart(async () => {
          console.log('closing')
          await new Promise((resolve) => process.once('SIGTERM', () => setTimeout(resolve, 100)))
          console.log('closed')
        })
        setInterval(() => {}, 1000)
        console.log('ready', generation)
      }`,
  })
  const run = begin(t, dir)
  await run.says('ready 1')
  run.signal('SIGUSR2')
  await run.says('closing')
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  assert.match(run.output(), /got SIGTERM\nclosed\n/)
  assert.equal(run.count('got'), 1)
  assert.equal(run.count('ready'), 1)
})

test('a signal in the gap between two children is not lost', async (t) => {
  const dir = app(t, {
    options: `onRestart: () => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000) // nothing else is: there is no child
      console.log('in the gap')
      process.once('SIGTERM', () => setTimeout(() => { clearInterval(alive); resolve() }, 100))
    })`,
  })
  const run = begin(t, dir)
  await run.says('ready 1')
  dir.write('version.mjs', '// 2')
  await run.says('in the gap')
  run.signal('SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  assert.equal(run.count('ready'), 1)
})

test('a SIGINT that the app deals with and survives does not keep it from restarting later', async (t) => {
  const dir = app(t)
  dir.write(
    'app.mjs',
    `import { PARENT, generation, launchChild, shouldRestart } from 'exit75'
     import './version.mjs'
     if (PARENT) launchChild()
     else {
       process.on('SIGINT', () => console.log('line cancelled'))
       setInterval(() => { if (shouldRestart()) process.exit(75) }, 5)
       console.log('ready', generation)
     }`,
  )
  const run = begin(t, dir)
  await run.says('ready 1')
  run.signal('SIGINT')
  await run.says('line cancelled')
  await sleep(300) // an edit in the same moment is taken for one that comes while the app ends
  dir.write('version.mjs', '// 2')
  await run.says('ready 2')
})

test('a signal at any instant of start-up, to the parent or to the group, ends both by it', async (t) => {
  const dir = app(t)
  const began = performance.now()
  const first = begin(t, dir)
  await first.says('ready 1')
  const boot = performance.now() - began
  first.signal('SIGKILL')
  for (const [at, delay] of instants(t, boot, 3).entries()) {
    const run = begin(t, dir, { detached: true })
    await sleep(delay)
    const children = descendants(run.pid)
    process.kill(at % 2 ? run.pid : -run.pid, 'SIGTERM')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' }, `after ${delay} ms`)
    assert.equal(run.count('got'), run.count('cleaned up'), `after ${delay} ms:\n${run.output()}`)
    assert.ok(run.count('got') <= 1, run.output())
    await until('the child is gone', run.output, () => children.every((pid) => !isAlive(pid)))
  }
})

test('a signal at any instant of a restart runs the handler of one generation, or of none', async (t) => {
  const dir = app(t)
  for (const delay of instants(t, 120, 2)) {
    const run = start(t, ['app.mjs'], { cwd: dir.path })
    await run.says('ready 1')
    dir.write('version.mjs', `// ${delay}`)
    await sleep(delay)
    run.signal('SIGTERM')
    assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' }, `after ${delay} ms`)
    assert.ok(run.count('got') <= 1, run.output())
  }
})

test('as process 1 of a container, SIGTERM stops it', async (t) => {
  const isolate = [
    '--pid',
    '--fork',
    '--mount-proc',
    ...(process.getuid?.() === 0 ? [] : ['--map-root-user']),
  ]
  if (spawnSync('unshare', [...isolate, 'true']).status !== 0)
    return t.skip('no right to make a pid namespace')
  const dir = app(t)
  dir.write('version.mjs', 'console.log("its parent is process", process.ppid)')
  // A container's engine signals process 1 from outside: unshare's child, seen from here.
  const run = startCommand(t, 'unshare', [...isolate, process.execPath, 'app.mjs'], {
    cwd: dir.path,
    env: { EXIT75_STANDBY: '0' },
  })
  await run.says('its parent is process 1')
  await run.says('ready 1')
  const first = descendants(run.pid).at(-1) as number
  process.kill(first, 'SIGTERM')
  assert.deepEqual(await run.ended, { code: 128 + 15, signal: null })
  assert.match(run.output(), /got SIGTERM\ncleaned up\n/)
  assert.equal(run.count('got'), 1)
})

test('a handler registered with once() is not taken for none when the group gets the signal', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        process.once('SIGTERM', () => setTimeout(() => { console.log('cleaned up'); process.exit(3) }, 100))
        setInterval(() => {}, 1000)
        console.log('ready', process.pid)
      }`,
  })
  for (const pause of [0, 15]) {
    const run = begin(t, dir)
    const [, pid] = await run.says(/ready (\d+)/)
    // The app first, as the kernel may well do it: the parent knows by then that nobody listens any more.
    process.kill(Number(pid), 'SIGTERM')
    await sleep(pause)
    run.signal('SIGTERM')
    assert.deepEqual(await run.ended, { code: 3, signal: null }, run.output())
    assert.equal(run.count('cleaned up'), 1)
  }
})

/** signal-exit counts listeners, and kills its own process: whoever is found to be in the way loses. */
test('an app that uses signal-exit ends once, properly', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      import { onExit } from ${JSON.stringify(import.meta.resolve('signal-exit'))}
      if (PARENT) launchChild()
      else {
        onExit((code, signal) => console.log('leaving by', code, signal))
        setInterval(() => {}, 1000)
        console.log('ready')
      }`,
  })
  const run = begin(t, dir, { detached: true })
  await run.says('ready')
  process.kill(-run.pid, 'SIGTERM')
  assert.deepEqual(await run.ended, { code: null, signal: 'SIGTERM' })
  assert.equal(run.count('leaving by null SIGTERM'), 1)
})

test('process.exit() in the parent gives the app its clean-up, once', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) {
        launchChild()
        process.on('SIGUSR1', () => process.exit(3))
      } else {
        process.once('SIGTERM', () => {
          console.log('got SIGTERM')
          setTimeout(() => { console.log('cleaned up'); process.exit() }, 200)
        })
        setInterval(() => {}, 1000)
        console.log('ready', process.pid)
      }`,
  })
  const run = begin(t, dir)
  const [, pid] = await run.says(/ready (\d+)/)
  run.signal('SIGUSR1')
  assert.deepEqual(await run.ended, { code: 3, signal: null })
  assert.match(run.output(), /got SIGTERM\ncleaned up\n/)
  await until('the app is gone', run.output, () => !isAlive(Number(pid))) // nobody has waited for it
})

test('a parent that is killed while the app shuts down does not cut the shutdown short', async (t) => {
  const dir = tempDir(t, {
    'app.mjs': `
      import { PARENT, launchChild } from 'exit75'
      if (PARENT) launchChild()
      else {
        process.once('SIGTERM', () => {
          console.log('got SIGTERM')
          setTimeout(() => { console.log('cleaned up'); process.exit() }, 300)
        })
        setInterval(() => {}, 1000)
        console.log('ready')
      }`,
  })
  const run = begin(t, dir)
  await run.says('ready')
  run.signal('SIGTERM')
  await run.says('got SIGTERM')
  run.signal('SIGKILL')
  await run.ended
  await until('the shutdown is over', run.output, () => run.count('cleaned up') === 1)
})

/** Never imports exit75. Saves a file that is watched when Ctrl-C comes, closes for a while, and ends if it is to. */
const SAVING = (last: string) => `
  import { existsSync, writeFileSync } from 'node:fs'
  process.on('SIGTERM', () => { console.log('got SIGTERM'); process.exit(1) })
  process.on('SIGINT', () => {
    writeFileSync('saved.json', JSON.stringify(process.pid))
    console.log('closing')
    setTimeout(() => { console.log('closed'); ${last} }, 500)
  })
  console.log('ready')
  if (existsSync('saved.json')) process.exit(0) // it was run again
  setInterval(() => {}, 1000)`

for (const [name, words] of [
  ['a Node program', ['--watch', '.', 'app.mjs']],
  ['a command', ['true && exec node app.mjs']],
] as const) {
  test(`what ${name} saves while Ctrl-C ends it is no reason to run it again`, async (t) => {
    const dir = tempDir(t, { 'app.mjs': SAVING('process.exit(7)') })
    const run = startCli(t, words, { cwd: dir.path, detached: true, env: { EXIT75_STANDBY: '0' } })
    await run.says('ready')
    process.kill(-run.pid, 'SIGINT')
    assert.deepEqual(await run.ended, { code: 7, signal: null }, run.output())
    assert.match(run.output(), /closing\nclosed\n$/)
  })
}

test('a program that goes on after a Ctrl-C is run again for what it saved then', async (t) => {
  const dir = tempDir(t, { 'app.mjs': SAVING('') })
  const run = startCli(t, ['--watch', '.', 'app.mjs'], {
    cwd: dir.path,
    detached: true,
    env: { EXIT75_STANDBY: '0' },
  })
  await run.says('ready')
  process.kill(-run.pid, 'SIGINT')
  await run.says('closed')
  await run.says('got SIGTERM')
  await run.says('ready')
  await run.ended
  assert.equal(run.count(/\[exit75\] saved\.json (added|changed) · restarted/), 1, run.output())
})

test('an edit while Ctrl-C ends the app, by whatever code, is no reason to wait for another one', async (t) => {
  const dir = app(t, { options: "onCrash: 'wait'" })
  dir.write(
    'app.mjs',
    `import { existsSync } from 'node:fs'
       import { PARENT, launchChild } from 'exit75'
       import './version.mjs'
       if (PARENT) launchChild({ onCrash: 'wait' })
       else {
         process.once('SIGINT', () => {
           console.log('closing')
           while (!existsSync('go')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
           process.exit(130)
         })
         setInterval(() => {}, 1000)
         console.log('ready')
       }`,
  )
  const run = begin(t, dir, { env: { EXIT75_LOG: 'debug' } })
  await run.says('ready')
  run.signal('SIGINT')
  await run.says('closing')
  dir.write('version.mjs', '// 2')
  await run.says(/version\.mjs changed · asking the app to exit/)
  dir.write('go', '')
  assert.deepEqual(await run.ended, { code: 130, signal: null }, run.output())
})
