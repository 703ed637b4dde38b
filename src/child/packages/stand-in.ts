/**
 * What a CommonJS package sees of the app's modules while it is loaded ahead: the main module and the one
 * that requires it do not exist yet.
 */
import Module from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Internals {
  readonly _load: (path: string, parent: unknown, isMain: boolean) => unknown
  readonly _nodeModulePaths: (directory: string) => string[]
}

/**
 * Replaces `require.main` by an object that forwards to the real one as soon as that exists.
 * `onEarlyUse` is called for any use before that. Returns a function that ends it.
 */
export function standInForMain(onEarlyUse: () => void): () => void {
  let isOver = false
  const real = (): object => {
    if (!isOver) onEarlyUse()
    return (isOver ? process.mainModule : undefined) ?? {}
  }
  const handler = new Proxy<ProxyHandler<object>>(
    {},
    {
      get:
        (_, trap: keyof typeof Reflect) =>
        (_target: object, ...args: unknown[]) =>
          (Reflect[trap] as (...args: unknown[]) => unknown)(real(), ...args),
    },
  )
  const before = Object.getOwnPropertyDescriptor(process, 'mainModule')
  process.mainModule = new Proxy({}, handler) as NodeJS.Module
  return () => {
    isOver = true
    if (before === undefined) delete process.mainModule
    else Object.defineProperty(process, 'mainModule', before)
  }
}

/** Requires a file as if `from` did. */
export function requireAs(path: string, from: string | null): unknown {
  const { _load, _nodeModulePaths } = Module as unknown as Internals
  if (from === null) return _load(path, undefined, false)
  const filename = fileURLToPath(from)
  const parent = new Module(filename) as NodeJS.Module & { filename: string; paths: string[] }
  parent.filename = filename
  parent.paths = _nodeModulePaths(dirname(filename))
  return _load(path, parent, false)
}
