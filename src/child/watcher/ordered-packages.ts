/** The packages of the app, and those that must not be loaded before the app has set up what they depend on. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PackageModule, packageName, type Unfit } from '../../protocol/packages.ts'
import { setsUp } from '../packages/configured.ts'
import { mayDependOn } from '../packages/dependencies.ts'
import type { ImportOrder } from '../packages/import-order.ts'

export interface Ordered {
  readonly packages: readonly PackageModule[]
  readonly unfit: readonly Unfit[]
}

export function orderedPackages({ packages }: ImportOrder): Ordered {
  const sources = new Map<string, string>()
  const ordered = packages(({ from, specifier }) => from !== null && setsUp(sourceOf(from), specifier))
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
