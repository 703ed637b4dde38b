/** Parts of Node below its modules. */

/** Returns a binding. Undefined where access is denied. */
export function binding<T>(name: string): T | undefined {
  const { noDeprecation } = process
  process.noDeprecation = true // with --pending-deprecation the user would be warned about our own call
  try {
    return (process as unknown as { binding: (name: string) => T }).binding(name)
  } catch {
    return undefined // by the permission model
  } finally {
    if (noDeprecation === undefined) delete process.noDeprecation
    else process.noDeprecation = noDeprecation
  }
}
