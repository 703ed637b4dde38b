/** The files that could later satisfy an import that was not found. */
import { extname, join } from 'node:path'
import { CODE_ENDINGS } from './code.ts'

/** `./d` may be `d.js`, `./d.js` may be `d.ts`; a directory or package has an index or a package.json. */
export function placesFor(path: string): string[] {
  const stem = path.slice(0, path.length - extname(path).length)
  const stems = new Set([path, stem, join(path, 'index')])
  const named = [...stems].flatMap((base) => CODE_ENDINGS.map((ending) => base + ending))
  return [...new Set([path, ...named, join(path, 'package.json')])]
}
