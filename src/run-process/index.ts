/**
 * exit75/run: runs a function or a command from within any program, and again whenever files change.
 * Python's watchfiles calls this `run_process`.
 */
import '../system/check-node.ts'

export type { Change } from '../protocol/change.ts'
export { CodeFilter, DefaultFilter, type FilterOptions, type WatchFilter } from './filters.ts'
export { importString } from './import-string.ts'
export { type RunProcessOptions, runProcess } from './run-process.ts'
export { detectTargetType, type Target, type TargetType } from './target.ts'
