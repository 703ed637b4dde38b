/** Runs the code that handles an edit once in advance, since the first run takes longer. */
import { stat } from 'node:fs'
import { Socket } from 'node:net'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createSyntaxCheck } from '../../watch/change/syntax-errors.ts'
import { watchDirectory } from '../../watch/events/node-watch.ts'
import { createWatcher } from '../../watch/events/watcher.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'

/**
 * Uses an ES module that is recorded as another than it is, and watches its directory for a moment. Saves a
 * millisecond at the first edit, and as much after a launch, when the thread would take it from the app's boot.
 */
export function warmUp(): void {
  new Socket() // the pipe from the parent
  const path = fileURLToPath(new URL('index.js', import.meta.url))
  const directory = dirname(path)
  const ignore = () => {}
  stat(path, ignore) // starts the threads of libuv, by which Node reads what is imported
  const files = createSnapshot({ verifySyntax: false })
  files.add({ path, stamp: '0 0 0 0', bytes: Buffer.from('other') }, 'loaded')
  const syntax = createSyntaxCheck({ onSyntaxError: ignore, onFixed: ignore })
  const watcher = createWatcher({
    files,
    poll: false,
    armingTime: 0, // on macOS all watches share one stream
    watch: (one, watched) => (one === directory ? watchDirectory(one, watched) : ignore),
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
}
