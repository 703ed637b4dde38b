/** The environment that this process was started with, whatever its code has changed since. */
import { readFileSync } from 'node:fs'

/** Read from Linux (proc_pid_environ(5)); elsewhere `noted`, which was captured as early as possible. */
export function initialEnvironment(noted: Readonly<NodeJS.ProcessEnv>): NodeJS.ProcessEnv {
  const lines = environmentLines()
  if (lines.length === 0) return { ...noted }
  return Object.fromEntries(
    lines.flatMap((line) => {
      const at = line.indexOf('=', 1)
      return at === -1 || OF_NODE.test(line) ? [] : [[line.slice(0, at), line.slice(at + 1)]]
    }),
  )
}

/** Whether this process's IPC channel uses structured clone. Node has removed the variable by now. */
export const isChannelAdvanced = (): boolean =>
  environmentLines().includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced')

/** Variables that Node sets for one process, which removes them at its start. */
const OF_NODE = /^NODE_(CHANNEL_FD|CHANNEL_SERIALIZATION_MODE|UNIQUE_ID)=/

/** Returns an empty list without /proc. */
function environmentLines(): string[] {
  try {
    return readFileSync('/proc/self/environ', 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}
