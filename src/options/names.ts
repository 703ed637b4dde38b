/** Names of options, as they are typed. */
import type { Kind } from './kinds.ts'

/** `nodeModules` is typed as `--node-modules`. */
export const typedName = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** Whether it takes no value on the command line. */
export const isFlag = (kind: Kind): boolean => kind.text === undefined

/** Whether its value may be left out there. */
export const isOptional = (kind: Kind): boolean => kind.text?.without !== undefined
