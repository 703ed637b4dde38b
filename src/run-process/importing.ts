/**
 * The function whose module is being imported, in the process started for it: a call of `runProcess()` at
 * the top level of that module would start process after process. Shared by all copies of this package in
 * the process, since the module may import another copy.
 */
export interface Importing {
  target: string | undefined
}

const SHARED = Symbol.for('exit75.importing')
const shared = globalThis as { [SHARED]?: Importing }
if (shared[SHARED] === undefined)
  Object.defineProperty(globalThis, SHARED, { value: { target: undefined } satisfies Importing })
export const importing: Importing = shared[SHARED] as Importing
