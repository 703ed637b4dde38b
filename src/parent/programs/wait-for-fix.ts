/** After a crash: waits until a file of the last generation, or one near it, changes on disk. */
import { readdirSync } from 'node:fs'
import { dirname, extname, join } from 'node:path'
import { deferred } from '../../deferred.ts'
import type { Settings } from '../../options/options.ts'
import type { Change, StampedFile } from '../../protocol/change.ts'
import { createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createWatcher } from '../../watch/events/watcher.ts'
import { isOfTarget } from '../../watch/files/aspects.ts'
import { CODE_ENDINGS } from '../../watch/files/code.ts'
import { createSnapshot } from '../../watch/files/snapshot.ts'
import { stamped } from '../../watch/files/stamp.ts'
import type { Wait } from './program.ts'

/** Extensions of code: new files with these count, too, if they are beside loaded files. */
const CODE = new Set(CODE_ENDINGS)

export function waitForFix(loaded: ReadonlyMap<string, string>, { settle, poll }: Settings): Wait {
  const changed = deferred<readonly Change[]>()
  const files = createSnapshot({ verifySyntax: false })
  const places = new Set([...loaded.keys()].map((path) => dirname(path)))
  const detector = createChangeDetector({
    files,
    quiet: quietForApp({ settle }),
    lookAtPending: () => watcher.lookAtPending(),
    onChange: changed.resolve,
  })
  const watcher = createWatcher({
    files,
    poll,
    isNear: (path) => CODE.has(extname(path)) && places.has(dirname(path)),
    onTouched: detector.touched,
    onPolling: () => {},
  })
  const follow = (file: StampedFile) => {
    const origin = isOfTarget(file.stamp) ? 'deciding' : 'loaded'
    watcher.follow(file.path, origin)
    // The stamps are those of the generation that crashed: any later save counts.
    if (!files.has(file.path) && !files.add(file, origin)) detector.touched(file.path)
  }
  for (const [path, stamp] of loaded) follow({ path, stamp })
  for (const path of [...places].flatMap(codeIn)) follow(stamped(path))
  return {
    changed: changed.promise,
    stop() {
      watcher.close()
      detector.stop()
    },
  }
}

function codeIn(directory: string): string[] {
  try {
    const names = readdirSync(directory).filter((name) => CODE.has(extname(name)))
    return names.map((name) => join(directory, name))
  } catch {
    return [] // gone: its return will be noticed
  }
}
