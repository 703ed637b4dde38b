/** The directories in which a change may affect what a path leads to. */
import { readlinkSync } from 'node:fs'
import { dirname, join, parse, resolve, sep } from 'node:path'
import { upwards } from '../../system/upwards.ts'
import { fsPath, nameOf } from './fs-path.ts'
import { isMountPoint } from './mounts.ts'
import { entryAt, identityOf } from './paths.ts'
import { statOf } from './stamp.ts'

export interface Places {
  /** The directories of the path itself, of each link on the way, and of the final target. */
  readonly directories: readonly string[]
  /** The path with all links resolved. */
  readonly target: string
  /** Whether a link is on the way. */
  readonly hasLinks: boolean
}

/** More links than this in a row count as a loop (path_resolution(7)). */
const MOST_LINKS = 40

/** Returns the places for where a path leads now. */
export function placesOf(path: string): Places {
  const directories = new Set([dirname(path)])
  const { root } = parse(path)
  let at = root
  let links = 0
  const rest = namesIn(path, root)
  for (let name = rest.shift(); name !== undefined; name = rest.shift()) {
    const next = join(at, name)
    const target = linkTarget(next)
    if (target === undefined) {
      at = next
      continue
    }
    directories.add(at)
    links += 1
    if (links > MOST_LINKS) break
    const whole = resolve(at, target)
    rest.unshift(...namesIn(whole, parse(whole).root))
    at = parse(whole).root
  }
  if (links > 0 && !isSame(dirname(at), dirname(path))) directories.add(dirname(at))
  return { directories: [...directories], target: at, hasLinks: links > 0 }
}

/** Whether nothing is at a path because of a broken link on the way. */
export function leadsNowhere(path: string): boolean {
  for (const at of upwards(path)) {
    const entry = entryAt(at)
    if (entry !== undefined) return entry.isSymbolicLink()
  }
  return false
}

/**
 * Whether a file may change without an event in its directory: it has other names elsewhere (hard
 * links), or is itself a mount point.
 */
export function changesElsewhere(target: string): boolean {
  const stat = statOf(target)
  if (!stat?.isFile()) return false
  return stat.nlink > 1 || stat.dev !== statOf(dirname(target))?.dev || isMountPoint(target)
}

/** A directory reached by two paths need not be watched twice. */
function isSame(one: string, other: string): boolean {
  const identity = identityOf(one)
  return identity !== undefined && identity === identityOf(other)
}

const namesIn = (path: string, root: string): string[] => path.slice(root.length).split(sep).filter(Boolean)

function linkTarget(path: string): string | undefined {
  try {
    return entryAt(path)?.isSymbolicLink() ? nameOf(readlinkSync(fsPath(path), 'buffer')) : undefined
  } catch {
    return undefined // gone in the meantime
  }
}
