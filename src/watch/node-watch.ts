/**
 * node-watch without its probe. Before its first directory it makes a temporary one to learn
 * whether the system can watch recursively, and is deaf until it knows. Nothing here is watched
 * recursively, so the answer is given beforehand: watches are then armed when `watch()` returns, and
 * no file is written. The copy that was told so is kept out of the cache, for the app's own use of
 * node-watch.
 */
import module, { createRequire } from 'node:module'
import type NodeWatch from 'node-watch'

const require = createRequire(import.meta.url)
const probe = require.resolve('node-watch/lib/has-native-recursive.js')
const answer = new module(probe)
answer.loaded = true
answer.exports = (tell: (hasNativeRecursive: boolean) => void) => tell(false)

const before = require.cache[probe]
require.cache[probe] = answer
export const watch = require('node-watch') as unknown as typeof NodeWatch.default
delete require.cache[require.resolve('node-watch')]
if (before === undefined) delete require.cache[probe]
else require.cache[probe] = before
