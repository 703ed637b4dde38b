/** The files that may come to stand where none was found. */
import { extname, join } from 'node:path'
import { CODE_ENDINGS } from './code.ts'

/** `./d` may be `d.js`, `./d.js` `d.ts`, and a directory, or a package, has an index or a description. */
export function placesFor(path: string): string[] {
  const stem = path.slice(0, path.length - extname(path).length)
  const stems = new Set([path, stem, join(path, 'index')])
  const named = [...stems].flatMap((one) => CODE_ENDINGS.map((ending) => one + ending))
  return [...new Set([path, ...named, join(path, 'package.json')])]
}
