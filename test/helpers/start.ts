/** A program under test: started for real, heard line by line, and gone when the test is over. */
import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { endTree } from '../../src/system/end-tree.ts'
import { until } from './until.ts'
import { unlessWine } from './wine-faults.ts'

export interface Run {
  readonly process: ChildProcess
  readonly pid: number
  /** Everything so far, stdout and stderr as they came. */
  readonly output: () => string
  /** Waits until a line matches, beyond what earlier calls have matched on the same stream. */
  readonly says: (what: string | RegExp) => Promise<RegExpExecArray>
  /** How often a line has matched so far. */
  readonly count: (what: string | RegExp) => number
  readonly signal: (name: NodeJS.Signals) => void
  readonly type: (text: string) => void
  /** Resolves when the process is gone and its output is complete. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
}

export interface StartOptions extends SpawnOptions {
  /** Node's own flags. */
  readonly flags?: readonly string[]
}

interface Test {
  readonly after: (fn: () => unknown) => void
}

/** Starts `node [flags] args…`. */
export function start(t: Test, args: readonly string[], { flags = [], ...options }: StartOptions = {}): Run {
  return startCommand(t, process.execPath, [...flags, ...args], options)
}

/** Starts any command. What the surroundings set for themselves (test runner, exit75) is left out. */
export function startCommand(
  t: Test,
  file: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Run {
  const child = spawn(file, [...args], {
    stdio: 'pipe',
    ...options,
    env: { ...cleanEnvironment(), ...options.env },
  })
  let story = ''
  // Apart, because what two processes write in one order may arrive in another.
  const streams = [child.stdout, child.stderr].map((stream) => {
    const heard = { text: '', at: 0 }
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      heard.text += chunk
      story += chunk
    })
    return heard
  })
  child.stdin?.on('error', () => {}) // it may have ended before it was typed to
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', async (code, signal) => {
      // Not on `close`, which Node forgets after disconnect(); the output is complete all the same.
      await Promise.all(
        [child.stdout, child.stderr].map((one) => one?.closed === false && once(one, 'close')),
      )
      resolve({ code, signal })
    })
  })
  const gone = new Promise((resolve) => child.on('error', resolve).on('exit', resolve))
  t.after(async () => {
    killTree(child)
    if (unlessWine('kills') === false) return void (await ended.catch(() => {}))
    await gone
    // Who has the output open keeps this process waiting, too.
    for (const stream of [child.stdout, child.stderr]) stream?.destroy()
  })
  return {
    process: child,
    pid: child.pid as number,
    output: () => story,
    says: (what) =>
      until(
        `the program says ${what}`,
        () => story,
        () => {
          for (const stream of streams) {
            const match = pattern(what).exec(stream.text.slice(stream.at))
            if (match === null) continue
            stream.at += match.index + match[0].length
            return match
          }
          return undefined
        },
      ),
    count: (what) =>
      streams.flatMap(({ text }) => [...text.matchAll(new RegExp(pattern(what).source, 'gm'))]).length,
    signal: (name) => void child.kill(name),
    type: (line) => void child.stdin?.write(line),
    ended,
  }
}

/** A text is looked for as whole words at the start of a line. */
export function pattern(what: string | RegExp): RegExp {
  if (typeof what !== 'string') return new RegExp(what.source, `${what.flags.replace('m', '')}m`)
  return new RegExp(`^${what.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?!\\w)[^\n]*\n`, 'm')
}

export function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(EXIT75|NODE_OPTIONS$|NODE_TEST_CONTEXT$|NODE_UNIQUE_ID$|FORCE_COLOR$|NO_COLOR$|TSX_)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)))
}

/** Kills a process with all its descendants, the youngest first. */
export function killTree(child: ChildProcess): void {
  if (process.platform === 'win32' && child.pid !== undefined && child.exitCode === null) endTree(child.pid)
  if (child.pid !== undefined) for (const pid of [...descendants(child.pid), child.pid]) sent(pid, 'SIGKILL')
}

/** Pids of all descendants, deepest first. */
export function descendants(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [...descendants(child), child])
}

/** What `act` does is over before any process of the program sees a part of it. */
export function atOnce({ pid }: Run, act: () => void): void {
  const stopped = stopAll(pid)
  try {
    act()
  } finally {
    for (const one of stopped) sent(one, 'SIGCONT')
  }
}

/** Stops a process and its descendants, and waits until their last thread stands still. */
function stopAll(pid: number): number[] {
  const stopped = [pid, ...descendants(pid)].filter((one) => sent(one, 'SIGSTOP'))
  const end = performance.now() + STOP_LIMIT
  while (HAS_PROC && !stopped.every(isStopped)) {
    pause(1)
    if (performance.now() < end) continue
    // One that has just forked waits for its child (vfork(2)), which stands still before its program runs.
    for (const one of stopped) sent(one, 'SIGCONT')
    pause(5)
    return stopAll(pid)
  }
  return stopped
}

/** A process takes a few ms to stop. */
const STOP_LIMIT = 300

const pause = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** All threads of a process; also one that has ended is. */
function isStopped(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((thread) =>
      /^State:\s+[TtZX]/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8')),
    )
  } catch {
    return !existsSync(`/proc/${pid}`)
  }
}

/** False for one that has ended: what a shell starts may be short. */
function sent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch {
    return false
  }
}

function childrenOf(pid: number): number[] {
  if (!HAS_PROC)
    return table('pid=,ppid=').flatMap(([one, parent]) => (parent === String(pid) ? Number(one) : []))
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  } catch {
    return [] // gone
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    if (!HAS_PROC)
      return !table('pid=,stat=').some(([one, state]) => one === String(pid) && state?.[0] === 'Z')
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Linux. Elsewhere ps(1) tells the same, and is slower; Windows has neither. */
const HAS_PROC = existsSync('/proc/self/status')

function table(columns: string): string[][] {
  const { stdout } = spawnSync('ps', ['-A', '-o', columns], { encoding: 'utf8' })
  return (stdout ?? '').split('\n').map((row) => row.trim().split(/\s+/))
}
