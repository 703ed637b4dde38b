/** Node's permission model (https://nodejs.org/api/permissions.html): what restarting a program needs. */

/** Throws if these flags forbid what exit75 does, and names those that are missing. */
export function refuseWithoutPermission(flags: readonly string[]): void {
  if (!flags.some((flag) => /^--(experimental-)?permission(=|$)/.test(flag))) return
  // The command itself runs without the program's flags.
  const mayStart = process.permission === undefined || process.permission.has('child')
  const missing = [
    ...(mayStart ? [] : ['--allow-child-process']),
    ...(flags.some((flag) => /^--allow-worker(=|$)/.test(flag)) ? [] : ['--allow-worker']),
  ]
  if (missing.length === 0) return
  throw new Error(
    `launchChild(): under --permission, watching and restarting need ${missing.join(' and ')}. ` +
      'Add that to the flags, or run it without restarts: set EXIT75=off in the environment',
  )
}
