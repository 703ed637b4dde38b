/** What examples/job-worker.ts needs from npm: nothing where Node has SQLite itself. */
import { createRequire } from 'node:module'
import { pinned } from '../world/packages.ts'

export const SQLITE_PACKAGES: readonly string[] = hasSqlite() ? [] : pinned('better-sqlite3')

function hasSqlite(): boolean {
  try {
    createRequire(import.meta.url)('node:sqlite')
    return true
  } catch {
    return false
  }
}
