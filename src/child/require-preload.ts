/**
 * Loads the user's `-r` modules as Node does: they are resolved from the working directory, and see a parent of the
 * same name, by which `esm` and others know that they are preloaded.
 */
import Module from 'node:module'
import { START } from '../watch/files/paths.ts'

const parent = new Module('internal/preload')
parent.paths = (Module as unknown as CommonJsInternals)._nodeModulePaths(START)

export const requirePreload = (specifier: string): unknown => parent.require(specifier)

interface CommonJsInternals {
  readonly _nodeModulePaths: (from: string) => string[]
}
