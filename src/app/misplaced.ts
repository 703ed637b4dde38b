/** Says once that a call in the parent has no effect, where an app may rely on it. */
import { basename } from 'node:path'
import { role } from '../role.ts'
import { isFromEntry } from '../system/entry-frame.ts'
import { PATTERN } from '../system/pattern.ts'
import { callersOf } from '../system/raise.ts'
import { testRunner } from '../system/test-runner.ts'

/** Call this first in what only the child can do; `name` is that of the function. */
export function noteParent(name: string): void {
  if (role.is !== 'parent' || isSaid) return
  if (name === POLL) polls += 1
  else if (EXPECTS.test(name)) expectLaunch(name)
  say(mistake(name, role.launch, polls))
}

/** What is wrong about a call in the parent. Undefined if nothing is, yet. */
export function mistake(
  name: string,
  launch: 'runs' | 'over' | undefined,
  polls: number,
): string | undefined {
  if (launch === 'runs')
    return `${called(name)} in the parent, too, where the app must not run · write: ${PATTERN}`
  // One look may come before the launch, as the app's modules are loaded.
  return launch === undefined && polls > 1 ? withoutLaunch('shouldRestart() is polled') : undefined
}

const called = (name: string): string => (name === SIGNAL ? `${name} was used` : `${name}() was called`)

/**
 * A cleanup may come before the launch, too. In production none may be wanted, nor where a module of the
 * app's registers it: a script, or a process that the app forks, may load that as well.
 */
function expectLaunch(name: string): void {
  const callers = callersOf(noteParent).replace(/^.*\n/, '') // without onRestart() itself
  if (isExpected || !isFromEntry(callers) || process.env.NODE_ENV === 'production') return
  isExpected = true
  setTimeout(() => {
    if (role.is === 'parent' && role.launch === undefined && !isSaid) say(withoutLaunch(called(name)))
  }, LAUNCH_TIME).unref()
}

function withoutLaunch(seen: string): string {
  const program = basename(process.argv[1] ?? 'app.js')
  return `${seen}, but launchChild() was not called, so nothing is watched · write: ${PATTERN} · or start it with: exit75 ${program}`
}

/** Tests run the app without a launch. */
function say(text: string | undefined): void {
  if (text === undefined) return
  isSaid = true
  if (process.env.EXIT75_LOG !== 'silent' && testRunner() === undefined)
    process.stderr.write(`[exit75] ${text}\n`)
}

const POLL = 'shouldRestart'
const SIGNAL = 'restartSignal'
const EXPECTS = /^(onRestart|restartSignal)$/
/** Time from the first cleanup to the launch, in ms: modules may still be loading. */
const LAUNCH_TIME = 2000
let polls = 0
let isExpected = false
let isSaid = false
