/** Which packages a package may load: those in its package.json, and theirs in turn. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { realPathOf } from '../../system/real-path.ts'
import { upwards } from '../../system/upwards.ts'

interface Description {
  readonly dependencies?: object
  readonly peerDependencies?: object
  readonly optionalDependencies?: object
}

/** Whether the package of this module may depend on the named one. Without a package.json it may. */
export function mayDependOn(url: string, name: string): boolean {
  const folder = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(url)?.[0]
  if (folder === undefined) return true
  const seen = new Set<string>()
  const rest = [fileURLToPath(folder)]
  for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
    const named = namesIn(at)
    if (named === undefined || named.includes(name)) return true
    for (const one of named) {
      const found = seen.has(one) ? undefined : find(one, at)
      seen.add(one)
      if (found !== undefined) rest.push(found)
    }
  }
  return false
}

const known = new Map<string, readonly string[] | undefined>()

function namesIn(folder: string): readonly string[] | undefined {
  if (!known.has(folder)) known.set(folder, readNames(folder))
  return known.get(folder)
}

function readNames(folder: string): readonly string[] | undefined {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8')
    const { dependencies, peerDependencies, optionalDependencies } = JSON.parse(text) as Description
    return Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  } catch {
    return undefined
  }
}

/** Returns the nearest package of that name, as Node finds it. */
function find(name: string, from: string): string | undefined {
  for (const at of upwards(from)) {
    const real = realPathOf(join(at, 'node_modules', name))
    if (real !== undefined) return real
  }
  return undefined
}
