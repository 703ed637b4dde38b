/** Imported first by every entry: otherwise an older Node would fail with an unrelated error. */
import { tooOld } from './too-old.ts'

if (tooOld !== undefined) {
  const error = new Error(tooOld)
  error.stack = `Error: ${tooOld}` // where it was thrown does not matter
  throw error
}
