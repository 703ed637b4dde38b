import { packed } from '../helpers/packed.ts'

/** What a user downloads, and what it is on disk; its dependencies come on top. */
export async function size(): Promise<string> {
  const { size, unpackedSize, files } = packed()
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  return `size of the package: ${kilobytes(size)} packed, ${kilobytes(unpackedSize)} unpacked, ${files.length} files`
}
