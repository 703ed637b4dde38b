/** Where this package's own files are: all bundles lie beside each other in `dist`. */
import { existsSync } from 'node:fs'

/**
 * The address of a built file. Throws, in the name of the caller, where it does not exist: a bundler that put this
 * package into a program took none of its other files along.
 */
export function ownFile(name: string, caller: string): URL {
  const url = addressOf(name)
  if (url !== undefined && existsSync(url)) return url
  throw new Error(
    `${caller}: exit75's own file ${name} is missing, because a bundler has put exit75 into the program. ` +
      'Keep it out of the bundle (with esbuild: --external:exit75), or set EXIT75=off where nothing is to restart',
  )
}

/** Looked up when it is needed: in a bundle made as CommonJS a module has no address. */
function addressOf(name: string): URL | undefined {
  const here: string | undefined = import.meta.url
  if (here === undefined || !URL.canParse(here)) return undefined
  return new URL(here.endsWith('/src/system/own-files.ts') ? `../../dist/${name}` : name, here)
}
