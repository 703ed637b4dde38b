/** Names of options on the command line. */
import type { Kind } from './kinds.ts'

/** `nodeModules` is typed as `--node-modules`. */
export const typedName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** Whether an option takes no value on the command line. */
export const isFlag = (kind: Kind): boolean => kind.text === undefined

/** Whether its value may be left out. */
export const isOptional = (kind: Kind): boolean => kind.text?.without !== undefined
