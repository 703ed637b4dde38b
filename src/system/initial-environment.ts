/** The environment that this process was started with, whatever its code has made of it since. */
import { readFileSync } from 'node:fs'

/** Linux tells it (proc_pid_environ(5)); elsewhere `noted` stands for it, as early as it could be had. */
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

/** Whether Node's IPC channel of this process uses structured clone; Node removes the variable when it starts. */
export const isChannelAdvanced = (): boolean =>
  environmentLines().includes('NODE_CHANNEL_SERIALIZATION_MODE=advanced')

/** What Node sets for one process, and removes when that one starts. */
const OF_NODE = /^NODE_(CHANNEL_FD|CHANNEL_SERIALIZATION_MODE|UNIQUE_ID)=/

/** Empty without /proc. */
function environmentLines(): string[] {
  try {
    return readFileSync('/proc/self/environ', 'utf8').split('\0').filter(Boolean)
  } catch {
    return []
  }
}
