/** Bun and Deno run Node's modules, and lack what a restarter needs of Node. Importing works there. */

/** What is missing, by the name that the runtime has among its own `process.versions`. */
const MISSING: Record<string, readonly [name: string, why: string]> = {
  bun: ['Bun', 'which does not tell what files a program has loaded (module.registerHooks)'],
  deno: ['Deno', 'which does not tell the flags that it was started with (process.execArgv)'],
}

/** Throws in such a runtime: a child of its own would not know that it is one, and launch the next. */
export function refuseOtherRuntimes(): void {
  for (const [key, [name, why]] of Object.entries(MISSING)) {
    if (process.versions[key] === undefined) continue
    throw new Error(
      `launchChild(): this program runs in ${name}, ${why}. ` +
        'Run it with node, or without restarts: set EXIT75=off in the environment',
    )
  }
}
