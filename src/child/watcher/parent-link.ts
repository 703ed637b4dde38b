/** The thread's end of the pipe from the parent: receives messages, and notices when the parent is gone. */
import { Socket } from 'node:net'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { byLine, decodeParentMessage, type ParentMessage } from '../../protocol/messages.ts'
import { PHASE, phaseOf, SLOT } from '../../protocol/threads.ts'
import { monotonic } from '../../system/monotonic.ts'
import { removeWithin } from '../../system/private-directory.ts'
import { removeSocketFile } from '../../system/socket-file.ts'

/** How often a booting standby checks that its parent is alive, in ms. */
const BOOT_GUARD = 200

/** Listens to the parent. `first`: lines that have already been read. */
export function listenToParent(
  config: ChildConfig,
  flags: Int32Array,
  onMessage: (message: ParentMessage) => void,
  first: readonly string[] = [],
): void {
  /** Whether the parent sent SIGTERM before it died: a second one could cut the app's cleanup short. */
  let terminated = false
  const socket = new Socket({ fd: config.fromParentFd, readable: true, writable: false })
  const onLine = (line: string) => {
    const message = decodeParentMessage(line)
    if (message?.is === 'terminated' || (message?.is === 'signal' && message.signal === 'SIGTERM'))
      terminated = true
    if (message !== undefined) onMessage(message)
  }
  for (const line of first) onLine(line)
  const end = () => parentIsGone(config, flags, terminated)
  socket.setEncoding('utf8').on('data', byLine(onLine)).on('error', end).on('end', end)
}

/** Sends SIGTERM, so that the app's own cleanup runs, and SIGKILL after `killTimeout`. */
function parentIsGone(
  { stateDirectory, socketFiles, watching }: ChildConfig,
  flags: Int32Array,
  terminated: boolean,
): void {
  Atomics.store(flags, SLOT.orphaned, 1) // nobody will read any state
  untilSaved(flags)
  removeWithin(stateDirectory)
  for (const file of socketFiles) removeSocketFile(file)
  if (!terminated) process.kill(process.pid, 'SIGTERM')
  if (watching.killTimeout !== null)
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), watching.killTimeout)
}

/** Time in which even a large state has been written, in ms. */
const SAVING_TIME = 5000

function untilSaved(flags: Int32Array): void {
  const end = monotonic() + SAVING_TIME
  for (let writing = saving(flags); writing > 0 && monotonic() < end; writing = saving(flags))
    Atomics.wait(flags, SLOT.saving, writing, end - monotonic())
}

const saving = (flags: Int32Array): number => Atomics.load(flags, SLOT.saving)

/** For a standby, whose main thread reads the pipe, but only once it has booted. */
export function watchParentWhileBooting({ parent }: ChildConfig, flags: Int32Array): void {
  const timer = setInterval(() => {
    // First: an app that was launched since the last look is asked to end, and not killed.
    if (phaseOf(flags) !== PHASE.booting) clearInterval(timer)
    else if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
  }, BOOT_GUARD)
}
