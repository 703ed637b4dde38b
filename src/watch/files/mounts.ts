/** Mount points (Linux). */
import { readFileSync } from 'node:fs'
import { monotonic } from '../../system/monotonic.ts'

/** How long the list of mount points may be reused, in ms. */
const TRUSTED = 20

let points: ReadonlySet<string> = new Set()
let readAt = Number.NEGATIVE_INFINITY

/** Whether something is mounted at this path: it may be a single file, even from the same file system. */
export function isMountPoint(path: string): boolean {
  const now = monotonic()
  if (now - readAt > TRUSTED) {
    readAt = now
    points = readPoints()
  }
  return points.has(path)
}

/** The fifth field of each line, with spaces and the like escaped in octal (proc(5)). */
function readPoints(): ReadonlySet<string> {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    const fields = lines.map((line) => line.split(' ')[4] ?? '')
    return new Set(
      fields.map((field) =>
        field.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
      ),
    )
  } catch {
    return new Set() // another system
  }
}
