/** Watches for a child that waits for a debugger, which comes before all of its code, and before ours. */
import type { Change } from '../../protocol/change.ts'
import { stampOf } from '../../watch/files/stamp.ts'
import type { Program } from '../programs/program.ts'

/** Calls back for a change of the entry, of files beside it, or of files that the last generation had loaded. */
export async function watchBeforeBoot(
  program: Program,
  files: readonly string[],
  hasBegun: Promise<unknown>,
  onChange: (changes: readonly Change[]) => void,
): Promise<void> {
  const paths = [program.entry ?? [], files].flat()
  const { changed, stop } = await program.waitForChange(new Map(paths.map((path) => [path, stampOf(path)])))
  const changes = await Promise.race([changed, hasBegun.then(() => undefined)])
  stop()
  if (changes !== undefined) onChange(changes)
}
