/** Imported first by the command, which says in one line what is wrong with this Node. */
import { tooOld } from '../system/too-old.ts'

if (tooOld !== undefined) {
  process.stderr.write(`[exit75] ${tooOld}\n`)
  process.exit(1)
}
