/** What only root may do: file systems of a test's own. Each gives the undo, or undefined where it is not allowed. */
import { spawnSync } from 'node:child_process'

/** One file on another: written by either name, it changes by both. */
export const mountFile = (from: string, to: string): (() => void) | undefined => mounted(['--bind', from, to])

/** At an empty directory: a file system whose times are whole seconds, as on many network mounts. */
export function mountCoarseClock(directory: string, image: string): (() => void) | undefined {
  const made = run('truncate', '-s', '8M', image) && run('mkfs.ext2', '-q', '-F', '-I', '128', image)
  return made ? mounted(['-o', 'loop', image, directory]) : undefined
}

function mounted(args: readonly string[]): (() => void) | undefined {
  if (!run('mount', ...args)) return undefined
  return () => void run('umount', '-l', args.at(-1) ?? '')
}

const run = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, {
    env: { ...process.env, PATH: [process.env.PATH, '/usr/sbin', '/sbin'].join(':') },
  }).status === 0
