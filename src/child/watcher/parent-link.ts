/** The thread's end of the parent's toParentFd: it hears the parent, and notices that it is gone. */
import { Socket } from 'node:net'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { byLine, decodeParentMessage, type ParentMessage } from '../../protocol/messages.ts'
import { PHASE, phaseOf, SLOT } from '../../protocol/threads.ts'
import { removeWithin } from '../../system/private-directory.ts'
import { removeSocketFile } from '../../system/socket-file.ts'

/** How often a booting standby looks for its parent, ms. */
const BOOT_GUARD = 200

/** `first`: lines that have been read already. */
export function listenToParent(
  config: ChildConfig,
  flags: Int32Array,
  obey: (word: ParentMessage) => void,
  first: readonly string[] = [],
): void {
  /** The parent has sent SIGTERM before it went: a second one could cut the app's clean-up short. */
  let terminated = false
  const socket = new Socket({ fd: config.fromParentFd, readable: true, writable: false })
  const hear = (line: string) => {
    const word = decodeParentMessage(line)
    if (word?.is === 'terminated') terminated = true
    else if (word !== undefined) obey(word)
  }
  for (const line of first) hear(line)
  const end = () => parentIsGone(config, flags, terminated)
  socket.setEncoding('utf8').on('data', byLine(hear)).on('error', end).on('end', end)
}

/** The app's own cleanup runs, as for any SIGTERM; what is left after `killTimeout` is killed. */
function parentIsGone(
  { stateDirectory, socketFiles, watching }: ChildConfig,
  flags: Int32Array,
  terminated: boolean,
): void {
  Atomics.store(flags, SLOT.orphaned, 1) // no generation will take any state
  untilSaved(flags)
  removeWithin(stateDirectory)
  for (const file of socketFiles) removeSocketFile(file)
  if (!terminated) process.kill(process.pid, 'SIGTERM')
  if (watching.killTimeout !== null)
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), watching.killTimeout)
}

/** A state that is being written is written, however large it is, within this time, ms. */
const SAVING_TIME = 5000

function untilSaved(flags: Int32Array): void {
  const end = performance.now() + SAVING_TIME
  for (let writing = saving(flags); writing > 0 && performance.now() < end; writing = saving(flags))
    Atomics.wait(flags, SLOT.saving, writing, end - performance.now())
}

const saving = (flags: Int32Array): number => Atomics.load(flags, SLOT.saving)

/** The toParentFd of a standby is read by its main thread, but not before it has booted. */
export function watchParentWhileBooting({ parent }: ChildConfig, flags: Int32Array): void {
  const timer = setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
    if (phaseOf(flags) !== PHASE.booting) clearInterval(timer)
  }, BOOT_GUARD)
}
