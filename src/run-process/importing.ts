/**
 * The function whose module is being imported, in the process that was started for it: a call of
 * `runProcess()` at the top of that module would start process after process. All copies of this package
 * in the process share it: the one that imports the function is not the one that the module imports.
 */
export interface Importing {
  target: string | undefined
}

const SHARED = Symbol.for('exit75.importing')
const shared = globalThis as { [SHARED]?: Importing }
if (shared[SHARED] === undefined)
  Object.defineProperty(globalThis, SHARED, { value: { target: undefined } satisfies Importing })
export const importing: Importing = shared[SHARED] as Importing
