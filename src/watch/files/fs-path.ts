/**
 * Names that are not UTF-8, as strings: each byte that does not belong is one lone surrogate, U+DC80
 * to U+DCFF, as Python's `surrogateescape` has it. Node would put U+FFFD in its place, and the path
 * would lead nowhere.
 */
import { isUtf8 } from 'node:buffer'

const ESCAPED = /[\uDC80-\uDCFF]/
/** Half of a pair of surrogates is part of an ordinary letter. */
const LONE = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/
const LONE_ALL = /(?<![\uD800-\uDBFF])[\uDC80-\uDCFF]/g

/** What the functions of node:fs take for such a path; nearly always the path itself. */
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

/** The name as a string that {@link fsPath} turns back into these bytes. */
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

/** The length of the letter at this place in bytes; 0 if there is none. */
function letterAt(bytes: Buffer, at: number): number {
  return (
    [1, 2, 3, 4].find((length) => at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) ?? 0
  )
}
