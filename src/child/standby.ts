/** The standby: lets a loader do its first work ahead, then waits to become the next child. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { CHANGES_VARIABLE, changesVariable, type StampedFile } from '../protocol/change.ts'
import type { ChildConfig, Launch } from '../protocol/child-config.ts'
import { decodeParentMessage, sendToParent } from '../protocol/messages.ts'
import { hasPackage, type LoadPlan } from '../protocol/packages.ts'
import { advance, PHASE, SLOT, THREAD_BOOT_TIME } from '../protocol/threads.ts'
import { fileTime } from '../system/file-clock.ts'
import { isSafe, removeWithin, within } from '../system/private-directory.ts'
import { realPathOf } from '../system/real-path.ts'
import { isAsItWas, isListing } from '../watch/files/listing.ts'
import { isWithin } from '../watch/files/paths.ts'
import type { Child } from './begin.ts'
import { keepCompiledCode, makeFolderOfParent } from './compile-cache.ts'
import { linesLeft, nextLine, vanish } from './lines-of-parent.ts'
import { endObservation, isSetting } from './observed-reads.ts'
import { holdImports } from './packages/builtin-imports.ts'

/** Returns what this standby is to load, as the parent says; if anything, Node keeps the compiled code of it. */
export function receivePlan({ config }: Child): LoadPlan {
  const message = decodeParentMessage(nextLine(config.fromParentFd) ?? '')
  const plan = message?.is === 'preload' ? message.plan : abandoned(config)
  makeFolderOfParent(config)
  if (config.warm.length > 0 || hasPackage(plan)) keepCompiledCode(config)
  return plan
}

/**
 * Blocks the thread until the parent launches this process, so that no earlier event reaches the app.
 * `more`: files whose changes make it stale.
 */
export function untilLaunched({ config, role, boot }: Child, more: readonly StampedFile[]): Launch {
  const { toParentFd, fromParentFd, stateDirectory, watching, entry } = config
  const { flags, send } = role
  const observed = endObservation().filter(({ path }) => !isWithin(path, stateDirectory)) // without our own file
  const read = [...observed, ...more]
  boot?.held()
  holdImports()
  for (const file of read) if (file.stamp !== '' && !isListing(file.stamp)) send({ is: 'loaded', file })
  // Without the watcher thread a standby is useless.
  if (Atomics.wait(flags, SLOT.threadReady, 0, THREAD_BOOT_TIME) === 'timed-out') return vanish()
  advance(flags, PHASE.held)
  const settings = observed.filter(isSetting)
  sendSettings(settings, toParentFd)
  sendToParent(toParentFd, { is: 'held' })

  const message = decodeParentMessage(nextLine(fromParentFd) ?? '')
  const launch = message?.is === 'launch' ? message.launch : abandoned(config)
  const known = [...watching.unreported, ...watching.heldFiles, ...read]
  const isStale = !known.every(isAsItWas)
  // Node resolved the entry before this code ran: links on its path may lead elsewhere by now.
  const isMoved = entry !== null && realPathOf(entry.path) !== entry.real
  const hasPackages = boot !== undefined && boot.loadedAhead().length > 0
  if (isStale || isMoved || (hasPackages && isResized()) || Atomics.load(flags, SLOT.inDoubt) === 1) {
    sendToParent(toParentFd, { is: 'stale', changes: [] })
    return vanish()
  }
  send({ is: 'launch', launch, more: linesLeft(), at: fileTime(toParentFd) })
  for (const file of settings) send({ is: 'read', file })
  process.env[CHANGES_VARIABLE] = changesVariable(launch.changes)
  return launch
}

/** Whether the terminal was resized since packages may have read its size: no signal is handled while this waits. */
const isResized = (): boolean =>
  [process.stdout, process.stderr].some((stream) => {
    const size: [columns?: number, rows?: number] = []
    const { _handle: handle } = stream as unknown as TerminalInternals
    const isGone = handle?.getWindowSize?.(size) !== 0
    return !isGone && (size[0] !== stream.columns || size[1] !== stream.rows)
  })

interface TerminalInternals {
  /** Its method fills in the size, and returns 0, or the number of an error: the terminal may be gone. */
  readonly _handle?: { readonly getWindowSize?: (size: [columns?: number, rows?: number]) => number }
}

/** Few enough in a line that a pipe takes it atomically: no other thread's message gets into it. */
function sendSettings(files: readonly StampedFile[], toParentFd: number): void {
  for (let at = 0; at < files.length; at += 20)
    sendToParent(toParentFd, { is: 'settings', files: files.slice(at, at + 20) })
}

/**
 * Creates a file that warms up a loader: the first file costs it more, as tsx then starts its transform
 * process. The content is unique, so that no cache has it. Not every loader accepts every kind of file,
 * so errors do not matter. `text`: another content. Returns its path. Undefined if it cannot be created safely.
 */
export function fileForLoader(
  { stateDirectory }: ChildConfig,
  extension: string,
  text = `export const unique: string = '${process.pid} ${Date.now()}'`,
): string | undefined {
  const place = dirname(stateDirectory)
  const file = join(stateDirectory, `${process.pid}${extension}`)
  try {
    if (!isSafe(dirname(place))) return undefined // another user could replace the file
    within(place, true, (root) =>
      mkdirSync(join(root, basename(stateDirectory)), { recursive: true, mode: 0o700 }),
    )
    writeFileSync(file, text, { mode: 0o600 })
    return file
  } catch {
    return undefined // the disk is full, or the directory missing or read-only
  }
}

/** The app may work without a package that the user has named, so one line says why it was not loaded ahead. */
export function noteUnloaded({ toParentFd }: ChildConfig, specifier: string, error: unknown): void {
  // Without the importing file, which is ours.
  const [why] = String((error as { message?: unknown } | null)?.message ?? error).split(/\n| imported from /)
  sendToParent(toParentFd, {
    is: 'note',
    text: `preload: ${specifier} is not loaded ahead: ${why}`,
    once: true,
  })
}

/** The parent is gone, and cannot remove its directory. */
function abandoned({ stateDirectory }: ChildConfig): never {
  removeWithin(stateDirectory)
  return vanish()
}
