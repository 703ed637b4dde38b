import { realpathSync } from 'node:fs'

/** Returns the path with all links resolved. Undefined if it does not exist. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}
