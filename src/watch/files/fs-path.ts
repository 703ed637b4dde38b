/**
 * File names that are not UTF-8, as strings: each invalid byte becomes a lone surrogate, U+DC80 to
 * U+DCFF, as with Python's `surrogateescape`. Node would replace it by U+FFFD, and the path would
 * lead nowhere.
 */
import { isUtf8 } from 'node:buffer'

const ESCAPED = /[\uDC80-\uDCFF]/
/** Not the second half of a surrogate pair, which is an ordinary character. */
const LONE = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/
const LONE_ALL = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g

/** Returns the path in the form that node:fs needs: nearly always the same string. */
export function fsPath(path: string): string | Buffer {
  if (!ESCAPED.test(path) || !LONE.test(path)) return path
  const parts: Buffer[] = []
  let at = 0
  for (const { index, 0: byte } of path.matchAll(LONE_ALL)) {
    parts.push(Buffer.from(path.slice(at, index)), Buffer.of(byte.charCodeAt(0) - 0xdc00))
    at = index + 1
  }
  return Buffer.concat([...parts, Buffer.from(path.slice(at))])
}

/** Returns the name as a string that {@link fsPath} turns back into these bytes. */
export function nameOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  let name = ''
  for (let at = 0; at < bytes.length; ) {
    const length = letterAt(bytes, at)
    name +=
      length === 0
        ? String.fromCharCode(0xdc00 + bytes.readUInt8(at))
        : bytes.toString('utf8', at, at + length)
    at += Math.max(length, 1)
  }
  return name
}

/** Returns the length in bytes of the UTF-8 character at this offset, 0 if there is none. */
function letterAt(bytes: Buffer, at: number): number {
  return (
    [1, 2, 3, 4].find((length) => at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) ?? 0
  )
}
