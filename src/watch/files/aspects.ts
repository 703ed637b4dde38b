/** Which aspect of a path counts: not always the whole content of a file. */
import { basename } from 'node:path'
import { parseJson } from '../../protocol/json.ts'
import { realPathOf } from '../../system/real-path.ts'
import { type Content, contentOf } from './content.ts'
import { entryAt, isDirectory } from './paths.ts'
import { type Standing, standingOf } from './stamp.ts'

export type Aspect =
  | 'content'
  /** The fields of a package.json that decide how modules are found and loaded, by Node or by Babel. */
  | 'resolution'
  /** Where a path with links on it leads. */
  | 'target'

/** Returns what counts about a path that decided where a module was found. */
export const decidingAspect = (path: string): Aspect =>
  basename(path) === 'package.json' ? 'resolution' : 'target'

/** Below a named directory, a link to another one is not entered: only its target counts. */
export const isDirectoryLink = (path: string): boolean =>
  entryAt(path)?.isSymbolicLink() === true && isDirectory(path)

/** Returns what is at a path now; for a target, its stamp is where the path leads. */
export function standingAs(aspect: Aspect, path: string): Standing {
  if (aspect !== 'target') return standingOf(path)
  const target = realPathOf(path)
  return target === undefined ? { is: 'absent' } : { is: 'file', stamp: TARGET + target, size: 0 }
}

/** In place of times: a target has none, and every change of it shows. */
const TARGET = '0 0 0 '
export const isOfTarget = (stamp: string): boolean => stamp.startsWith(TARGET)

/** Returns the stamp. Empty if there is nothing at the path. */
export function stampAs(aspect: Aspect, path: string): string {
  const standing = standingAs(aspect, path)
  return standing.is === 'file' ? standing.stamp : ''
}

/** Returns the part of the content that counts. */
export function contentAs(aspect: Aspect, path: string, standing: Standing): Content {
  if (aspect === 'target')
    return standing.is === 'file' ? { is: 'read', bytes: Buffer.from(standing.stamp) } : { is: 'absent' }
  const content = contentOf(path, standing)
  return content.is === 'read' ? { is: 'read', bytes: partOf(aspect, content.bytes) } : content
}

/** Returns the bytes that count: all of a file that does not parse, for the syntax check to report. */
export function partOf(aspect: Aspect, bytes: Buffer): Buffer {
  if (aspect !== 'resolution') return bytes
  const content = parseJson(bytes.toString().replace(/^\uFEFF/, ''))
  if (typeof content !== 'object' || content === null) return bytes
  const { type, main, exports, imports, babel, browserslist } = content as Record<string, unknown>
  return Buffer.from(JSON.stringify({ type, main, exports, imports, babel, browserslist }))
}
