/** Collects what the app's own modules ask for, and gives the packages among it in the order of their evaluation. */
import type { PackageModule } from '../../protocol/packages.ts'
import type { ThreadMessage } from '../../protocol/threads.ts'

export type Asked = Extract<ThreadMessage, { is: 'asked' }>

export interface ImportOrder {
  readonly asked: (request: Asked) => void
  readonly packages: () => PackageModule[]
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
    packages() {
      const found = new Map<string, PackageModule>()
      const visited = new Set<string>()
      for (const from of requests.keys()) if (!inner.has(from)) visit(from)
      for (const from of requests.keys()) visit(from) // a circle that nothing outside asks for
      return [...found.values()]

      function visit(from: string): void {
        if (visited.has(from)) return
        visited.add(from)
        for (const { url, by, isPackage } of requests.get(from) ?? [])
          if (!isPackage) visit(url)
          else if (!found.has(url) || (by === 'import' && url.startsWith('node:')))
            found.set(url, { url, by, from: from === '' ? null : from })
      }
    },
  }
}
