/**
 * node-watch, loaded in a way that makes it as quick as it can be, in a copy that the app's own use
 * of it does not see.
 *
 * Before its first directory node-watch makes a temporary one to learn whether the system can watch
 * recursively, and is deaf until it knows. Nothing here is watched recursively, so it is given the
 * answer: watches are then armed when `watch()` returns, and no file is written. And the timer of its
 * `delay: 0`, which is one of 1 ms in Node, fires at the end of the round that brought the events.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { compileFunction } from 'node:vm'
import type NodeWatch from 'node-watch'

const file = createRequire(import.meta.url).resolve('node-watch')
const load = compileFunction(readFileSync(file, 'utf8'), ['module', 'exports', 'require', 'setTimeout'], {
  filename: file,
})
const copy = { exports: {} }
load(copy, copy.exports, requireOf(createRequire(file)), timer)
export const watch = copy.exports as typeof NodeWatch.default

function requireOf(require: NodeJS.Require) {
  const hasNativeRecursive = (tell: (has: boolean) => void) => tell(false)
  return (name: string): unknown => (name === './has-native-recursive' ? hasNativeRecursive : require(name))
}

function timer(act: () => void, ms = 0): unknown {
  return ms > 0 ? setTimeout(act, ms) : setImmediate(act)
}
