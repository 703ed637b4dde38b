/** Returns the working directory. Undefined if it was removed, for which `process.cwd()` throws. */
export function currentDirectory(): string | undefined {
  try {
    return process.cwd()
  } catch {
    return undefined
  }
}
