/** Collects what the app's own modules import, and returns the packages among it in the order of their evaluation. */
import { type PackageModule, packageName } from '../../protocol/packages.ts'
import type { ThreadMessage } from '../../protocol/threads.ts'

export type Asked = Extract<ThreadMessage, { is: 'asked' }>

export interface ImportOrder {
  readonly asked: (request: Asked) => void
  /** `setsUp`: whether the module that asks for a package sets it up. `isLoaded`: not one that is only resolved. */
  readonly packages: (
    setsUp?: (request: Asked) => boolean,
    isLoaded?: (request: Asked) => boolean,
  ) => OrderedModule[]
}

export interface OrderedModule extends PackageModule {
  /** Names of the packages that the app has set up before. */
  readonly after: readonly string[]
}

/**
 * `import` resolves a module's requests before any of them is evaluated, `require` one after the other;
 * either way they are evaluated depth first, each module's in their order.
 */
export function importOrder(): ImportOrder {
  const requests = new Map<string, Asked[]>()
  const inner = new Set<string>()
  return {
    asked(request) {
      const from = request.from ?? ''
      const before = requests.get(from)
      if (before === undefined) requests.set(from, [request])
      else if (!before.some(({ url }) => url === request.url)) before.push(request)
      if (!request.isPackage) inner.add(request.url)
    },
    packages(setsUp = () => false, isLoaded = () => true) {
      const found = new Map<string, OrderedModule>()
      const visited = new Set<string>()
      const after = new Set<string>()
      for (const from of requests.keys()) if (!inner.has(from)) visit(from)
      for (const from of requests.keys()) visit(from) // a cycle that nothing outside imports
      return [...found.values()]

      function visit(from: string): void {
        if (visited.has(from)) return
        visited.add(from)
        const setUp: string[] = []
        for (const request of requests.get(from) ?? []) {
          const { url, by, isPackage } = request
          if (!isPackage) visit(url)
          else if (!isLoaded(request)) continue
          else if (!found.has(url) || (by === 'import' && url.startsWith('node:')))
            found.set(url, { url, by, from: from === '' ? null : from, after: [...after] })
          if (!isPackage || url.startsWith('node:') || !setsUp(request)) continue
          // What a module imports is loaded before it runs, what it requires while it runs.
          if (by === 'import') setUp.push(packageName(url))
          else after.add(packageName(url))
        }
        for (const name of setUp) after.add(name)
      }
    },
  }
}
