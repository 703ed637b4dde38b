/** Whether the app replaces functions of Node's own: a package that was loaded before may have kept the old ones. */

export interface Builtins {
  /** Returns the name of what was replaced since. Undefined if nothing was. */
  readonly changed: () => string | undefined
}

type Values = Readonly<Record<string, unknown>>

/** Only modules that have been loaded by now: of others no package has anything. */
export function builtinsNow(): Builtins {
  const known = [...loadedBuiltins(), ...INTRINSICS].map(
    ([name, object]) => [name, object, valuesOf(name, object)] as const,
  )
  return {
    changed() {
      for (const [name, object, before] of known) {
        const now = valuesOf(name, object)
        const key = Object.keys({ ...before, ...now }).find((key) => before[key] !== now[key])
        if (key !== undefined) return `${name}.${key}`
      }
      return undefined
    },
  }
}

const INTRINSICS: readonly (readonly [string, object])[] = [
  ['Object.prototype', Object.prototype],
  ['Function.prototype', Function.prototype],
  ['Array.prototype', Array.prototype],
  ['String.prototype', String.prototype],
  ['Promise.prototype', Promise.prototype],
  ['Promise', Promise],
  ['Date', Date],
  ['JSON', JSON],
  ['Math', Math],
  ['Reflect', Reflect],
  ['console', console],
]

function loadedBuiltins(): (readonly [string, object])[] {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] }
  return moduleLoadList.flatMap((entry) => {
    const name = /^NativeModule (?!internal\/)(.*)$/.exec(entry)?.[1]
    if (name === undefined || name.startsWith('_') || name === 'repl') return []
    const exports = process.getBuiltinModule(name) as object | undefined
    return exports === undefined ? [] : [[name, exports] as const]
  })
}

/** Functions; of a prototype everything. Without calling a getter: some of them warn. */
function valuesOf(name: string, object: object): Values {
  const isPrototype = name.endsWith('.prototype')
  const all = Object.getOwnPropertyDescriptors(object) as Record<string, PropertyDescriptor>
  return Object.fromEntries(
    Object.entries(all).flatMap(([key, { value }]) =>
      isPrototype || typeof value === 'function' ? [[key, value]] : [],
    ),
  )
}
