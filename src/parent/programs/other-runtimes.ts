/** Bun and Deno run Node's modules, but lack what a restarter needs. Only importing works there. */

/** What is missing, by the runtime's key in `process.versions`. */
const MISSING: Record<string, readonly [name: string, why: string]> = {
  bun: ['Bun', 'which does not report which files a program has loaded (module.registerHooks)'],
  deno: ['Deno', 'whose threads cannot use the pipes of their process (Bad file descriptor)'],
}

/**
 * Ends such a runtime, whose child would not know that it is one, and launch the next. With one line, since
 * an error would be shown within a piece of our own code.
 */
export function refuseOtherRuntimes(): void {
  for (const [key, [name, why]] of Object.entries(MISSING)) {
    if (process.versions[key] === undefined) continue
    process.stderr.write(
      `[exit75] launchChild(): this program runs in ${name}, ${why} · ` +
        'run it with node, or without restarts: set EXIT75=off in the environment\n',
    )
    process.exit(1)
  }
}
