/** Collects paths, and passes on each of them a moment after the first. */
export interface Delayed {
  readonly add: (path: string) => void
  readonly stop: () => void
}

/** `ms`: the delay, in ms. */
export function delayed(ms: number, passOn: (path: string) => void): Delayed {
  const paths = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  return {
    add(path) {
      paths.add(path)
      timer ??= setTimeout(flush, ms)
    },
    stop: () => clearTimeout(timer),
  }

  function flush(): void {
    timer = undefined
    for (const path of paths) {
      paths.delete(path)
      passOn(path)
    }
  }
}
