/** Says once that a call in the parent has no effect, where an app may rely on it. */
import { role } from '../role.ts'

/** Call this first in what only the child can do; `name` is that of the function. */
export function noteParent(name: string): void {
  if (role.is !== 'parent' || isSaid) return
  if (name === POLL) polls += 1
  const text = mistake(name, role.launch, polls)
  if (text === undefined) return
  isSaid = true
  if (process.env.EXIT75_LOG !== 'silent') process.stderr.write(`[exit75] ${text}\n`)
}

/** What is wrong about a call in the parent. Undefined if nothing is, yet. */
export function mistake(
  name: string,
  launch: 'runs' | 'over' | undefined,
  polls: number,
): string | undefined {
  if (launch === 'runs')
    return `${name}() was called in the parent, too, where the app must not run · ${PATTERN}`
  // One look may come before the launch, as the app's modules are loaded.
  if (launch === undefined && polls > 1)
    return `shouldRestart() is polled, but launchChild() has not been called, so nothing is watched · ${PATTERN}`
  return undefined
}

const PATTERN = 'write: if (PARENT) launchChild(); else main()'
const POLL = 'shouldRestart'
let polls = 0
let isSaid = false
