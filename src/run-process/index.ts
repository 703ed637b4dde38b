/**
 * exit75/run: a function or a command that is run again whenever files change, from within any
 * program. What Python's watchfiles calls `run_process`.
 */
import '../system/check-node.ts'

export type { Change } from '../protocol/change.ts'
export { CodeFilter, DefaultFilter, type FilterOptions, type WatchFilter } from './filters.ts'
export { importString } from './import-string.ts'
export { type RunProcessOptions, runProcess } from './run-process.ts'
export { detectTargetType, type Target, type TargetType } from './target.ts'
