/** Locates this package's own files: all bundles are in `dist`. */
import { existsSync } from 'node:fs'

/**
 * Returns the URL of a built file. Throws in the caller's name if it does not exist: a bundler that
 * included this package in a program has left its other files behind.
 */
export function ownFile(name: string, caller: string): URL {
  const url = addressOf(name)
  if (url !== undefined && existsSync(url)) return url
  throw new Error(
    `${caller}: exit75's own file ${name} is missing, because a bundler has put exit75 into the program. ` +
      'Keep it out of the bundle (with esbuild: --external:exit75), or set EXIT75=off where no restarts are needed',
  )
}

/** Evaluated lazily: in a CommonJS bundle `import.meta.url` is undefined. */
function addressOf(name: string): URL | undefined {
  const here: string | undefined = import.meta.url
  if (here === undefined || !URL.canParse(here)) return undefined
  return new URL(here.endsWith('/src/system/own-files.ts') ? `../../dist/${name}` : name, here)
}
