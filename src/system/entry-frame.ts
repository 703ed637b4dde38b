import { fileURLToPath } from 'node:url'
import { entryFile } from './entry-file.ts'
import { realPathOf } from './real-path.ts'

/**
 * Whether a call comes from the program's own file, by the frames of its stack trace, without ours. Any other module
 * may be loaded by several programs: what it calls says little about this one.
 */
export function isFromEntry(frames: string): boolean {
  const caller = frames
    .split('\n')
    .map(fileIn)
    .find((file) => file !== '')
  const [, entry = ''] = process.argv
  const file = entry === '' ? undefined : entryFile(entry) // it may have been given without its extension
  return file !== undefined && (caller === file || caller === realPathOf(file))
}

/** Returns an empty string for Node's own files. */
function fileIn(frame: string): string {
  const [, place = ''] =
    /(?:\(|\bat (?:async )?)(file:.*|\/.*|[A-Za-z]:[\\/].*):\d+:\d+\)?$/.exec(frame) ?? []
  return place.startsWith('file:') ? fileURLToPath(place) : place
}
