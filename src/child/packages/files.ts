/**
 * Observes which files are read, and whether any is written. Below `node:fs`, in what Node's own functions
 * call: a package that takes `fs.readFileSync` while it is loaded takes Node's, and keeps nothing of ours.
 */

type Binding = Record<string, (...args: unknown[]) => unknown>

const READING = ['open', 'openFileHandle', 'readFileUtf8', 'stat', 'lstat', 'internalModuleStat', 'access']
const ALSO_READING = ['existsSync', 'readdir', 'readlink', 'realpath', 'statfs', 'opendir', 'opendirSync']
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
const TO_DESCRIPTOR = ['writeString', 'writeBuffer', 'writeBuffers']

/** Flags of open(2) for writing: O_WRONLY, O_RDWR. */
const FOR_WRITING = 0b11

export interface FileObserver {
  readonly onRead: (path: string) => void
  /** `what`: the end of a sentence. */
  readonly onEffect: (what: string) => void
}

/** Returns how to end it. Undefined where it cannot be had: then nothing can be loaded ahead. */
export function observeFiles({ onRead, onEffect }: FileObserver): (() => void) | undefined {
  const files = binding('fs')
  const processes = binding('spawn_sync')
  if (files === undefined || processes === undefined) return undefined
  const reads = (name: string, [path, flags]: unknown[]) => {
    const isWrite = name.startsWith('open') && typeof flags === 'number' && (flags & FOR_WRITING) !== 0
    if (isWrite) onEffect('writes a file')
    else if (typeof path === 'string') onRead(path)
    else if (path instanceof Uint8Array) onRead(Buffer.from(path).toString())
    // internalModuleStat() has its path in the second place in some versions
    else if (typeof flags === 'string') onRead(flags)
  }
  const undo = [
    ...replace(files, [...READING, ...ALSO_READING], reads),
    ...replace(files, [...WRITING, ...ALSO_WRITING], () => onEffect('writes a file')),
    ...replace(files, TO_DESCRIPTOR, (_, [fd]) =>
      fd === 1 || fd === 2 ? onEffect('writes output') : undefined,
    ),
    ...replace(processes, ['spawn'], () => onEffect('starts a process')),
  ]
  return () => {
    for (const restore of undo) restore()
  }
}

function binding(name: string): Binding | undefined {
  try {
    return (process as unknown as { binding: (name: string) => Binding }).binding(name)
  } catch {
    return undefined // by the permission model
  }
}

function replace(
  methods: Binding,
  names: readonly string[],
  note: (name: string, args: unknown[]) => void,
): (() => void)[] {
  return names.flatMap((name) => {
    const original = methods[name]
    if (typeof original !== 'function') return []
    methods[name] = function (this: unknown, ...args: unknown[]): unknown {
      note(name, args)
      return original.apply(this, args)
    }
    return [
      () => {
        methods[name] = original
      },
    ]
  })
}
