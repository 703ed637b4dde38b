/** The watcher thread does ahead, once, what it does at an edit: the first time takes longer. */
import { fileURLToPath } from 'node:url'
import { createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createSyntaxCheck } from '../../watch/change/syntax-errors.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'

/** With a file that is there, and is taken for one that was not. It saves the first edit a millisecond. */
export function warmUp(): void {
  const path = fileURLToPath(import.meta.url)
  const files = createSnapshot({ verifySyntax: false })
  files.add({ path, stamp: '' }, 'loaded')
  const ignore = () => {}
  const syntax = createSyntaxCheck({ onSyntaxError: ignore, onFixed: ignore })
  const quiet = quietForApp({ settle: null })
  createChangeDetector({ files, quiet, syntax, onChange: ignore }).touched(path)
}
