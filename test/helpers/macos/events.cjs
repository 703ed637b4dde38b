/**
 * Makes fs.watch() of a thread behave as on macOS, where all watched directories share one stream of events,
 * which is rebuilt in another thread whenever a watch is added or removed. Required before anything watches.
 */
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')

/** While the stream is rebuilt nothing is heard, in ms. */
const DEAF = 100
/** Longest delay of an event, in ms. */
const LATE = 30

const native = fs.watch
let deafUntil = 0

fs.watch = (path, ...rest) => {
  const watcher = native(path, ...rest)
  if (!fs.statSync(path, { throwIfNoEntry: false })?.isDirectory()) return watcher // a file is watched by itself
  const { emit, close } = watcher
  /** The event that is on its way, in which all that happen meanwhile are told. */
  let coming
  watcher.emit = (name, ...args) => {
    if (name !== 'change') return emit.call(watcher, name, ...args)
    const happened = performance.now()
    if (happened < deafUntil) return false
    coming ??= setTimeout(() => {
      coming = undefined
      if (deafUntil < happened + DEAF) tell(args[1]) // else it was lost with the stream
    }, LATE * Math.random()).unref()
    return true
  }
  watcher.close = () => {
    clearTimeout(coming)
    clearImmediate(early)
    becomeDeaf()
    return close.call(watcher)
  }
  becomeDeaf()
  // What happened before the watch was there may be told by it.
  const before = fs.readdirSync(path)[0] ?? null
  const early = setImmediate(() => Math.random() < 0.3 && tell(before)).unref()
  return watcher

  /** It says nothing but `rename`, often without a name or twice. */
  function tell(name) {
    for (const said of [name, null].slice(0, 1 + Math.round(Math.random())))
      emit.call(watcher, 'change', 'rename', Math.random() < 0.3 ? null : said)
  }
}
syncBuiltinESMExports()

function becomeDeaf() {
  deafUntil = performance.now() + DEAF
}
