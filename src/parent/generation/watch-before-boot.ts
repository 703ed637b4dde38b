/**
 * Watches for a child in which nothing of ours runs: one that waits for a debugger, which comes before all code, or that
 * is stuck in Node's own start, as Node 20 can be for lack of descriptors.
 */
import type { Change } from '../../protocol/change.ts'
import type { Program } from '../programs/program.ts'

/** Calls back for a change of one of these files, whose stamps are given, or of code beside them. */
export async function watchBeforeBoot(
  program: Program,
  stamps: ReadonlyMap<string, string>,
  hasBegun: Promise<unknown>,
  onChange: (changes: readonly Change[]) => void,
): Promise<void> {
  const { changed, stop } = await program.waitForChange(stamps)
  const changes = await Promise.race([hasBegun.then(() => undefined), changed])
  stop()
  if (changes !== undefined) onChange(changes)
}
