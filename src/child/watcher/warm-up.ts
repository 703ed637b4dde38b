/** Runs the code that handles an edit once in advance, since the first run takes longer. */
import { fileURLToPath } from 'node:url'
import { createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createSyntaxCheck } from '../../watch/change/syntax-errors.ts'
import { loadNodeWatch } from '../../watch/events/node-watch.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'

/** Uses an ES module that exists but is recorded as missing. Saves a millisecond at the first edit. */
export function warmUp(): void {
  loadNodeWatch()
  const path = fileURLToPath(new URL('index.js', import.meta.url))
  const files = createSnapshot({ verifySyntax: false })
  files.add({ path, stamp: '' }, 'loaded')
  const ignore = () => {}
  const syntax = createSyntaxCheck({ onSyntaxError: ignore, onFixed: ignore })
  const quiet = quietForApp({ settle: null })
  createChangeDetector({ files, quiet, syntax, onChange: ignore }).touched(path)
}
