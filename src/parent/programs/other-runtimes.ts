/** Bun and Deno run Node's modules, but lack APIs that a restarter needs. Only importing works there. */

/** What is missing, by the runtime's key in `process.versions`. */
const MISSING: Record<string, readonly [name: string, why: string]> = {
  bun: ['Bun', 'which does not report which files a program has loaded (module.registerHooks)'],
  deno: ['Deno', 'which does not report the flags that it was started with (process.execArgv)'],
}

/** Throws in such a runtime, whose child would not know that it is one, and launch the next. */
export function refuseOtherRuntimes(): void {
  for (const [key, [name, why]] of Object.entries(MISSING)) {
    if (process.versions[key] === undefined) continue
    throw new Error(
      `launchChild(): this program runs in ${name}, ${why}. ` +
        'Run it with node, or without restarts: set EXIT75=off in the environment',
    )
  }
}
