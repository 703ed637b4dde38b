/** The packages of the app, and those that must not be loaded before the app has set up what they depend on. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PackageModule, packageName, type Unfit } from '../../protocol/packages.ts'
import { setsUp } from '../packages/configured.ts'
import { mayDependOn } from '../packages/dependencies.ts'
import type { Asked, ImportOrder } from '../packages/import-order.ts'
import { isOnlyResolved } from '../packages/only-resolved.ts'

export interface Ordered {
  readonly packages: readonly PackageModule[]
  readonly unfit: readonly Unfit[]
}

/** `unloaded`: the URLs of what the app has only resolved, as far as its process knows. */
export function orderedPackages({ packages }: ImportOrder, unloaded: readonly string[]): Ordered {
  const sources = new Map<string, string>()
  const isLoaded = ({ from, specifier, url, by }: Asked) =>
    by === 'require' ? !unloaded.includes(url) : from === null || !isOnlyResolved(sourceOf(from), specifier)
  const isSetUp = ({ from, specifier }: Asked) => from !== null && setsUp(sourceOf(from), specifier)
  const ordered = packages(isSetUp, isLoaded)
  const unfit = ordered.flatMap(({ url, after }) => {
    if (url.startsWith('node:')) return []
    const name = after.find((one) => one === packageName(url) || mayDependOn(url, one))
    return name === undefined ? [] : [{ url, why: `is loaded after the app has set up ${name}` }]
  })
  return { packages: ordered.map(({ url, by, from }) => ({ url, by, from })), unfit }

  function sourceOf(url: string): string {
    const known = sources.get(url)
    if (known !== undefined) return known
    const text = read(url)
    sources.set(url, text)
    return text
  }
}

function read(url: string): string {
  try {
    return readFileSync(fileURLToPath(url), 'utf8')
  } catch {
    return '' // gone meanwhile, or no file
  }
}
