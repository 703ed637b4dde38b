/** Commands typed into the terminal, one per line, while the program does not read it (`--keys`). */
import type { ReadStream } from 'node:tty'
import { duration, type Log, shown } from '../log.ts'
import type { Change } from '../protocol/change.ts'
import { byLine } from '../protocol/messages.ts'
import { monotonic } from '../system/monotonic.ts'
import type { Supervisor } from './supervisor.ts'

/** Reads commands for the option `keys`. Returns a function that stops reading. */
export function takeKeys(supervisor: Supervisor): () => void {
  return readKeys(process.stdin, controlsOf(supervisor), supervisor.log)
}

/** The parent's own start is 0 on the clock of monotonic(). */
function controlsOf({ signals, history, standby }: Supervisor): Controls {
  return {
    restart: () => signals.restart('rs'),
    changes: () => history.changes,
    processes() {
      const children = signals.children().map((child) => ({ child, role: 'child' }))
      const ahead = standby.child()
      const processes = ahead === undefined ? children : [...children, { child: ahead, role: 'standby' }]
      return [
        { pid: process.pid, role: 'parent', since: 0 },
        ...processes.map(({ child, role }) => ({
          pid: child.process.pid ?? 0,
          role,
          since: child.startedAt,
        })),
      ]
    },
    quit: () => void process.kill(process.pid, 'SIGTERM'),
  }
}

/** What the commands can do and show. */
export interface Controls {
  readonly restart: () => void
  /** Returns the changes that the last restart for a change was for. */
  readonly changes: () => readonly Change[]
  readonly processes: () => readonly RunningProcess[]
  readonly quit: () => void
}

export interface RunningProcess {
  readonly pid: number
  /** For the user: `parent`, `child`, `standby`. */
  readonly role: string
  /** When it was started (monotonic()). */
  readonly since: number
}

/** Returns a function that stops reading. If `input` is not a terminal, only logs that. */
export function readKeys(
  input: ReadStream | NodeJS.ReadableStream,
  controls: Controls,
  log: Log,
): () => void {
  if (!isTerminal(input)) {
    log.info('--keys: standard input is not a terminal, so nothing can be typed')
    return () => {}
  }
  const onData = byLine((line) => runCommand(line.trim(), controls, log))
  input.on('error', () => {}) // the terminal was closed
  input.setEncoding('utf8').on('data', onData)
  input.unref() // waiting for input must not keep the process alive
  log.info(HELP)
  return () => void input.off('data', onData).pause().ref()
}

function runCommand(typed: string, controls: Controls, log: Log): void {
  if (typed === '') return // Enter alone, for a gap in the output
  if (!Object.hasOwn(COMMANDS, typed)) return log.info(`"${typed}" is not a command · ? for help`)
  COMMANDS[typed as keyof typeof COMMANDS](controls, log)
}

const COMMANDS = {
  rs: ({ restart }) => restart(),
  ch({ changes }, { info }) {
    const latest = changes()
    if (latest.length === 0) info('nothing has changed yet')
    for (const { type, path } of latest) info(`${type} ${shown(path)}`)
  },
  p({ processes }, { info }) {
    for (const { pid, role, since } of processes()) info(`${role} ${pid} · up ${uptime(monotonic() - since)}`)
  },
  q: ({ quit }) => quit(),
  '?': (_controls, { info }) => info(HELP),
} satisfies Record<string, (controls: Controls, log: Log) => void>

const HELP = 'type rs to restart · ch what changed · p processes · q quit · ? help'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** `3.2 s`, `12 min`, `5 h 30 min`. */
export function uptime(ms: number): string {
  if (ms < MINUTE) return duration(ms)
  const minutes = `${Math.floor((ms % HOUR) / MINUTE)} min`
  return ms < HOUR ? minutes : `${Math.floor(ms / HOUR)} h ${minutes}`
}

const isTerminal = (input: ReadStream | NodeJS.ReadableStream): input is ReadStream =>
  'isTTY' in input && input.isTTY === true
