/** What examples/job-worker.ts needs from npm: nothing where Node has SQLite itself. */
import { createRequire } from 'node:module'

export const SQLITE_PACKAGES: readonly string[] = hasSqlite() ? [] : ['better-sqlite3@12.10.0']

function hasSqlite(): boolean {
  try {
    createRequire(import.meta.url)('node:sqlite')
    return true
  } catch {
    return false
  }
}
