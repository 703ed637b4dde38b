/**
 * Observes which files are read, and refuses what would have effects outside: writing files, processes, sockets.
 * Patches the bindings below `node:fs` and the like, which Node's own functions call: a package that keeps
 * `fs.readFileSync` while it is loaded keeps Node's function, and nothing of ours; but for `process.loadEnvFile`.
 */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binding } from '../../system/binding.ts'

const READING = ['readFileUtf8', 'stat', 'lstat', 'internalModuleStat', 'access']
const ALSO_READING = ['existsSync', 'readlink', 'realpath', 'statfs']
const LISTING = ['readdir', 'opendir', 'opendirSync']
const WRITING = [
  'writeFileUtf8',
  'mkdir',
  'mkdtemp',
  'rename',
  'rmdir',
  'rmSync',
  'unlink',
  'symlink',
  'link',
]
const ALSO_WRITING = [
  'chmod',
  'chown',
  'lchown',
  'utimes',
  'lutimes',
  'copyFile',
  'cpSyncCopyDir',
  'ftruncate',
]
const OUTPUT = ['writeString', 'writeBuffer', 'writeBuffers']
const SOCKETS = ['connect', 'connect6', 'bind', 'bind6', 'listen', 'open']

/** Flags of open(2) for writing: O_WRONLY, O_RDWR. */
const FOR_WRITING = 0b11
/** UV_EPERM, which the functions of sockets and processes return. */
const REFUSED = -1

export interface SystemObserver {
  /** `ofNames`: the names in a directory are read. */
  readonly onRead: (path: string, ofNames: boolean) => void
  /** `what`: the end of a sentence. */
  readonly onEffect: (what: string) => void
}

export interface ObservedSystem {
  /** Runs what Node does by itself. */
  readonly unobserved: <T>(act: () => T) => T
  /** Begins or stops to observe, and to refuse. */
  readonly observe: (isObserved: boolean) => void
  readonly end: () => void
}

/** Observes nothing yet. Undefined without access to the bindings: then nothing can be loaded ahead. */
export function observeSystem({ onRead, onEffect }: SystemObserver): ObservedSystem | undefined {
  const files = binding<Methods>('fs')
  const synchronous = binding<Methods>('spawn_sync')
  const processes = binding<Wraps>('process_wrap')
  const sockets = SOCKET_KINDS.map(([name, kind]) => binding<Wraps>(name)?.[kind]?.prototype)
  if (!files || !synchronous || !processes?.Process || !sockets.every((one) => one !== undefined))
    return undefined

  let isObserved = false
  const replaced = (methods: Methods, names: readonly string[], instead: Instead) =>
    replace(methods, names, (original, ...args) => (isObserved ? instead(original, ...args) : original()))
  const refuse = (what: string) => (): never => {
    onEffect(what)
    throw Object.assign(new Error(`a package ${what} while it is loaded ahead`), { code: 'EPERM' })
  }
  const refuseByCode = (what: string) => () => {
    onEffect(what)
    return REFUSED
  }
  const reading =
    (ofNames: boolean): Instead =>
    (original, path, second) => {
      if (typeof path === 'string') onRead(path, ofNames)
      else if (path instanceof Uint8Array) onRead(Buffer.from(path).toString(), ofNames)
      else if (typeof second === 'string') onRead(second, ofNames) // internalModuleStat() of some versions
      return original()
    }
  const read = reading(false)
  /** `process.loadEnvFile()`, which reads below all that. */
  const readVariables: Instead = (original, path = '.env') => {
    onRead(path instanceof URL ? fileURLToPath(path) : resolve(String(path)), false)
    return original()
  }
  const open: Instead = (original, path, flags) => {
    if (typeof flags === 'number' && (flags & FOR_WRITING) !== 0) return refuse('writes a file')()
    return read(original, path, flags)
  }
  const write: Instead = (original, fd, content) => {
    if (fd !== 1 && fd !== 2) return original()
    onEffect('writes output')
    return typeof content === 'string' ? Buffer.byteLength(content) : (content as Uint8Array).length
  }
  const undo = [
    ...replaced(files, [...READING, ...ALSO_READING], read),
    ...replaced(files, LISTING, reading(true)),
    ...replaced(process as unknown as Methods, ['loadEnvFile'], readVariables),
    ...replaced(files, ['open', 'openFileHandle'], open),
    ...replaced(files, [...WRITING, ...ALSO_WRITING], refuse('writes a file')),
    ...replaced(files, OUTPUT, write),
    ...replaced(synchronous, ['spawn'], refuse('starts a process')),
    ...replaced(processes.Process.prototype, ['spawn'], refuseByCode('starts a process')),
    ...sockets.flatMap((one) => replaced(one as Methods, SOCKETS, refuseByCode('opens a socket'))),
  ]
  return {
    observe(isOn) {
      isObserved = isOn
    },
    unobserved(act) {
      const before = isObserved
      isObserved = false
      try {
        return act()
      } finally {
        isObserved = before
      }
    },
    end() {
      isObserved = false
      for (const restore of undo) restore()
    },
  }
}

type Methods = Record<string, (...args: unknown[]) => unknown>
type Wraps = Record<string, { readonly prototype: Methods } | undefined>
/** What runs in place of a method; `original` calls that with the same arguments. */
type Instead = (original: () => unknown, first: unknown, second: unknown) => unknown

const SOCKET_KINDS = [
  ['tcp_wrap', 'TCP'],
  ['pipe_wrap', 'Pipe'],
  ['udp_wrap', 'UDP'],
] as const

function replace(methods: Methods, names: readonly string[], instead: Instead): (() => void)[] {
  return names.flatMap((name) => {
    const original = methods[name]
    if (typeof original !== 'function') return []
    const isOwn = Object.hasOwn(methods, name)
    methods[name] = function (this: unknown, ...args: unknown[]): unknown {
      return instead(() => original.apply(this, args), args[0], args[1])
    }
    return [
      () => {
        if (isOwn) methods[name] = original
        else delete methods[name]
      },
    ]
  })
}
