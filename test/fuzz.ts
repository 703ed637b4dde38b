/**
 * Edits, breaks, deletes, signals, kills and takes away at random instants, then looks whether the invariants of
 * the README hold. The seed is printed: the same seed does the same again (not at the same instants).
 *
 *     npm run fuzz -- [rounds] [seed]
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { openFiles } from './helpers/proc.ts'
import { seeded } from './helpers/seeded.ts'
import { descendants, isAlive, type Run, start } from './helpers/start.ts'
import { type TempDir, tempDir } from './helpers/temp-dir.ts'
import { until } from './helpers/until.ts'

const MODULES = ['a.mjs', 'b.mjs', 'deep/c.mjs', 'deep/d.cjs']
const ENDINGS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGKILL'] as const

const APP = `
  import { PARENT, launchChild } from 'exit75'
  if (PARENT) launchChild({ onCrash: 'wait', killTimeout: 10_000, listen: ['unix:app.sock'] })
  else await import('./main.mjs')`

/** Says what it runs and what the generation before it has saved, and answers both. */
const MAIN = `
  import { createServer } from 'node:net'
  import { drain, listenOn, onRestart, saveState, savedState } from 'exit75'
  import a from './a.mjs'
  import b from './b.mjs'
  import c from './deep/c.mjs'
  import d from './deep/d.cjs'
  const running = [a, b, c, d].map((one) => JSON.stringify(one)).join('.') // what was cut is {}
  const server = createServer((socket) => socket.on('error', () => {}).end(running))
  server.on('error', () => {}).listen(listenOn('unix:app.sock')) // there may be no descriptor for it
  let closed
  const close = () => (closed ??= new Promise((resolve) => {
    console.log('closing', process.pid)
    setTimeout(() => resolve(console.log('closed', process.pid)), a % 30)
  }))
  onRestart(() => attempt(() => saveState({ running, rest: running.repeat(5000) })))
  onRestart(() => drain(server))
  onRestart(close)
  function attempt(act) { try { act() } catch ({ message }) { console.log('unsaved', message) } } // no room, or no directory
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']) {
    process.once(signal, async () => { await close(); process.kill(process.pid, signal) })
  }
  setInterval(() => {}, 1000)
  const saved = savedState()
  const state = saved === undefined ? 'nothing' : saved.rest === saved.running.repeat(5000) ? saved.running : 'torn'
  console.log('running', running, process.pid, state)`

/** Ends the watcher thread of its process when a signal says so that has no effect elsewhere. */
const THREAD = `
  let watcher
  process.on('worker', (thread) => { if (thread.threadId === 1) watcher = thread })
  process.on('SIGURG', () => watcher?.terminate())`

/** Where the link `tmp` may lead. */
const TEMPORARY = ['disk/one', 'disk/other'] as const

/** The fuzzer of what is watched, which goes on for as many rounds. */
const FILES = fileURLToPath(new URL('watch/fuzz.test.ts', import.meta.url))
/** In fewer rounds there may be none that changes anything. */
const FEWEST = 150

interface Test {
  readonly after: (fn: () => unknown) => void
}

export interface Fuzz {
  readonly rounds: number
  readonly seed: number
  /** No new round begins after this time, ms. */
  readonly limit?: number
  readonly onRound?: (round: number) => void
}

/** Returns the number of rounds that were played. */
export async function fuzz(t: Test, options: Fuzz): Promise<number> {
  const dir = tempDir(t, { 'app.mjs': APP, 'main.mjs': MAIN, 'thread.cjs': THREAD })
  const disk = smallDisk(dir.file('disk'))
  try {
    return await play(t, dir, disk, options)
  } finally {
    disk.remove()
  }
}

async function play(
  t: Test,
  dir: TempDir,
  disk: Disk,
  { rounds, seed, limit = Number.POSITIVE_INFINITY, onRound }: Fuzz,
): Promise<number> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  for (const name of TEMPORARY) mkdirSync(dir.file(name))
  const pointTo = (name: string) => {
    symlinkSync(name, dir.file('tmp.new'))
    renameSync(dir.file('tmp.new'), dir.file('tmp'))
  }
  pointTo(TEMPORARY[0])
  const versions = new Map(MODULES.map((name) => [name, 0]))
  let version = 0
  let run: Run | undefined
  let story: string[] = []
  const killed = new Set<number>()
  /** Gives back what was taken from the program. */
  const amends: (() => void)[] = []

  const good = (name: string) =>
    name.endsWith('.cjs') ? `module.exports = ${versions.get(name)}` : `export default ${versions.get(name)}`
  const save = (name: string, content: string) => pick([dir.write, dir.replace])(name, content)

  const actions: Record<string, (name: string) => void> = {
    edit(name) {
      version += 1
      versions.set(name, version)
      save(name, good(name))
    },
    break: (name) => save(name, `export default ( // ${random()}`),
    crash: (name) => save(name, `throw new Error('${random()}')`),
    cut: (name) => save(name, ''),
    delete: (name) => attempt(() => dir.remove(name)),
    touch: (name) => attempt(() => utimesSync(dir.file(name), random() * 1e9, random() * 1e9)),
    again: (name) => attempt(() => dir.write(name, readFileSync(dir.file(name), 'utf8'))),
    restart: () => run?.signal('SIGUSR2'),
    kill() {
      const pid = pick(descendants(run?.pid as number))
      if (pid === undefined) return
      killed.add(pid)
      attempt(() => process.kill(pid, 'SIGKILL'))
    },
    stop() {
      const pid = pick([run?.pid as number, ...descendants(run?.pid as number)])
      attempt(() => process.kill(pid, 'SIGSTOP'))
      amends.push(() => attempt(() => process.kill(pid, 'SIGCONT')))
    },
    continue: () => makeAmends(),
    thread() {
      const pid = pick(descendants(run?.pid as number))
      if (pid !== undefined) attempt(() => process.kill(pid, 'SIGURG'))
    },
    descriptors() {
      const pid = pick([run?.pid as number, ...descendants(run?.pid as number)])
      attempt(() => limitDescriptors(pid, Math.max(3, openFiles(pid) - 2)))
      amends.push(() => attempt(() => limitDescriptors(pid, 1024)))
    },
    socket: () => attempt(() => dir.remove('app.sock')),
    state() {
      for (const path of leftInTemporary()) attempt(() => dir.remove(path))
    },
    fill() {
      disk.fill()
      amends.push(disk.empty)
    },
    swap() {
      pointTo(TEMPORARY[1])
      amends.push(() => pointTo(TEMPORARY[0]))
    },
    silence() {
      const stderr = run?.process.stderr
      if (random() < 0.2) stderr?.destroy()
      else stderr?.pause()
      amends.push(() => stderr?.resume())
    },
  }
  const makeAmends = () => {
    for (const amend of amends.splice(0)) amend()
  }

  const leftInTemporary = () =>
    TEMPORARY.flatMap((name) => readdirSync(dir.file(name)).map((one) => `${name}/${one}`))

  const began = performance.now()
  let round = 0
  for (; round < rounds && performance.now() - began < limit; round += 1) {
    onRound?.(round)
    story = []
    try {
      if (run === undefined) {
        for (const name of MODULES) save(name, good(name))
        run = begin(t, dir)
        const { pid, output } = run
        // Before it listens, a signal is the end of any process.
        await until('there is a child', output, () => descendants(pid).length > 0)
      }
      for (let left = 1 + Math.floor(random() * 6); left > 0; left -= 1) {
        const [name, act] = pick(Object.entries(actions))
        const module = pick(MODULES)
        story.push(`${name} ${module}`)
        act(module)
        if (random() < 0.7) await sleep(random() * (random() < 0.2 ? 300 : 30))
      }
      makeAmends()
      // A child that is killed before it has loaded a file leaves nothing to compare the file with: what
      // is saved until the parent waits for a fix is then not seen. And a restart that is asked for while
      // a child is being launched is for that child: it must be over before restarts are counted.
      // And one that had no descriptors may have loaded nothing by which an edit could be seen.
      if (story.some((one) => one.startsWith('descriptors'))) run.signal('SIGUSR2')
      if (story.some((one) => /^(kill|restart|stop|thread|descriptors)/.test(one))) await sleep(500)
      if (random() < 0.25) {
        await finish(run, pick(ENDINGS), random() < 0.5)
        run = undefined
      } else await comesToRest(run)
    } catch (error) {
      throw new Error(`round ${round} of seed ${seed}: ${story.join(', ')}\n${run?.output()}`, {
        cause: error,
      })
    }
  }
  if (run !== undefined) await finish(run, 'SIGTERM', false)
  return round

  /** Invariants 1 and 2: the code on disk runs, and what changes nothing restarts nothing. */
  async function comesToRest(run: Run): Promise<void> {
    for (const name of MODULES) actions.edit?.(name)
    await runs(run)
    await sleep(300) // one that has loaded a file while it was edited is restarted for it
    await until('nobody is closing', run.output, () => run.count('closing') < run.count('running'))
    await runs(run)
    const before = run.count('running')
    const { running } = lastOf(run)
    for (const name of MODULES) pick([actions.touch, actions.again])?.(name)
    await sleep(random() * 100)
    actions.edit?.(pick(MODULES))
    await runs(run)
    // A change that is made before the watch stands may be seen twice; one that is not made, never.
    assert.equal(run.count('running') - before, 1, 'one edit, one restart')
    const { running: answer, state } = lastOf(run)
    assert.equal(state, running, 'what was saved before the restart is there')
    assert.equal(run.count(/^running .* torn$/m), 0, 'no state is half of another')
    assert.equal(
      await text(addAbortSignal(AbortSignal.timeout(30_000), connect(dir.file('app.sock')))),
      answer,
      'the socket is served again, by the new code',
    )
    shutdownsAreWhole(run)
  }

  async function runs(run: Run): Promise<void> {
    const wanted = MODULES.map((name) => versions.get(name)).join('.')
    await until(`${wanted} runs`, run.output, () => {
      return lastOf(run).running === wanted
    })
  }

  function lastOf(run: Run): { running?: string | undefined; state?: string | undefined } {
    const [last] = [...run.output().matchAll(/^running (\S+) \d+ (\S+)$/gm)].slice(-1)
    return { running: last?.[1], state: last?.[2] }
  }

  /** Invariant 3: only what we killed ourselves did not come to its end. */
  function shutdownsAreWhole(run: Run): void {
    for (const [, pid] of run.output().matchAll(/^closing (\d+)$/gm)) {
      if (killed.has(Number(pid)) || isAlive(Number(pid))) continue
      assert.equal(run.count(`closed ${pid}`), 1, `process ${pid} was cut short, or closed twice`)
    }
  }

  /** Invariants 4 and 5: it ends as the child ended, and nothing is left. */
  async function finish(run: Run, signal: NodeJS.Signals, toGroup: boolean): Promise<void> {
    const family = descendants(run.pid)
    story.push(`${signal} to the ${toGroup ? 'group' : 'parent'}`)
    if (signal === 'SIGKILL') for (const pid of toGroup ? family : []) killed.add(pid)
    process.kill(toGroup ? -run.pid : run.pid, signal)
    const exit = await run.ended
    // A crash of the app in that moment is told as such.
    const isOwn =
      exit.signal === signal || (signal !== 'SIGKILL' && (exit.code === 1 || exit.signal === 'SIGKILL'))
    assert.ok(isOwn, `${signal} ended the parent with ${exit.signal ?? exit.code}`)
    await until('nothing is left', run.output, () => family.every((pid) => !isAlive(pid)))
    shutdownsAreWhole(run)
    // Where all were killed at once, nobody was left to remove what was saved: the next parent does it.
    const left = () =>
      TEMPORARY.flatMap((name) => readdirSync(dir.file(name), { recursive: true, encoding: 'utf8' }))
    if (signal !== 'SIGKILL') assert.deepEqual(left(), [])
    // If it was removed between a launch and listenOn(), the app has created one of its own, and may leave it.
    const isApps = run.output().includes('the app creates its own')
    if (signal !== 'SIGKILL' && !isApps)
      assert.ok(!existsSync(dir.file('app.sock')), 'the file of the socket is gone')
  }
}

const begin = (t: Test, dir: TempDir): Run =>
  start(t, ['app.mjs'], {
    cwd: dir.path,
    flags: ['-r', './thread.cjs'],
    detached: true,
    env: { TMPDIR: dir.file('tmp'), XDG_RUNTIME_DIR: '' },
  })

interface Disk {
  readonly fill: () => void
  readonly empty: () => void
  readonly remove: () => void
}

/** A disk that can be filled, where this user may mount one; elsewhere a folder, and nothing is filled. */
function smallDisk(path: string): Disk {
  mkdirSync(path)
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', path]).status === 0
  const ballast = `${path}/ballast`
  return {
    fill: () => isMounted && attempt(() => writeFileSync(ballast, Buffer.alloc(4e6))),
    empty: () => rmSync(ballast, { force: true }),
    remove: () => isMounted && spawnSync('umount', ['-l', path]),
  }
}

/** Linux; elsewhere nothing happens. */
const limitDescriptors = (pid: number, count: number): unknown =>
  spawnSync('prlimit', ['--pid', String(pid), `--nofile=${count}:`])

function attempt(act: () => void): void {
  try {
    act()
  } catch {
    // a file that was deleted, a process that has gone
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [rounds = 500, seed = Date.now() % 1e6] = process.argv.slice(2).map(Number)
  console.log(`${rounds} rounds, seed ${seed}`)
  const undo: (() => unknown)[] = []
  try {
    const onRound = (round: number) => round % 50 === 0 && console.log(`round ${round}`)
    const done = await fuzz({ after: (fn) => undo.push(fn) }, { rounds, seed, onRound })
    console.log(`${done} rounds: all invariants hold`)
  } finally {
    for (const fn of undo.reverse()) await fn()
  }
  const more = { ROUNDS: String(Math.max(rounds, FEWEST)), SEED: String(seed) }
  const { status } = spawnSync(process.execPath, [...process.execArgv, '--test', FILES], {
    stdio: 'inherit',
    env: { ...process.env, ...more },
  })
  process.exitCode = status ?? 1
}
