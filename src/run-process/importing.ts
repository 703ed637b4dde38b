/**
 * The function whose module is being imported, in the process that was started for it: a call of
 * `runProcess()` at the top of that module would start process after process.
 */
export const importing: { target: string | undefined } = { target: undefined }
