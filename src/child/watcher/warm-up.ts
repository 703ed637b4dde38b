/** Runs the code that handles an edit once in advance, since the first run takes longer. */
import { Socket } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createSyntaxCheck } from '../../watch/change/syntax-errors.ts'
import { loadNodeWatch, watchDirectory } from '../../watch/events/node-watch.ts'
import { createWatcher } from '../../watch/events/watcher.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'

/**
 * Uses an ES module that is recorded with other content than it has, and watches its directory for a moment. Saves a
 * millisecond at the first edit, and as much after a launch, when the thread would take it from the app's boot.
 */
export function warmUp(): void {
  loadNodeWatch()
  new Socket() // as the pipe from the parent is read
  const path = fileURLToPath(new URL('index.js', import.meta.url))
  const directory = dirname(path)
  const ignore = () => {}
  const files = createSnapshot({ verifySyntax: false })
  files.add({ path, stamp: '0 0 0 0', bytes: Buffer.from('other') }, 'loaded')
  const syntax = createSyntaxCheck({ onSyntaxError: ignore, onFixed: ignore })
  const watcher = createWatcher({
    files,
    poll: false,
    watch: (one, watched) => (one === directory && IS_APART ? watchDirectory(one, watched) : ignore),
    onTouched: (touched) => detector.touched(touched),
    onPolling: ignore,
  })
  const detector = createChangeDetector({
    files,
    quiet: quietForApp({ settle: null }),
    syntax,
    lookAtPending: watcher.lookAtPending,
    onChange: watcher.close,
  })
  watcher.follow(path, 'loaded')
  if (!IS_APART) detector.touched(path)
}

/** On macOS all watches of a process share one stream, which is rebuilt for each of them. */
const IS_APART = process.platform !== 'darwin'
