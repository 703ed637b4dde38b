/** What a process that is started gets from this one, and what code of this one may have changed: rights, priority, streams. */
import { fstatSync, readFileSync } from 'node:fs'
import { statFields } from './proc-stat.ts'

/** Returns who this process is, what it may do, and what its standard streams are, as a text to compare. */
export const inherited = (): string => [...(ofLinux() ?? ofNode()), ...[0, 1, 2].map(openFile)].join('\n')

/** Undefined without /proc. */
function ofLinux(): string[] | undefined {
  try {
    const status = readFileSync('/proc/self/status', 'utf8') // proc_pid_status(5)
    return [
      ...(status.match(/^(Umask|Uid|Gid|Groups|Cap\w+|NoNewPrivs):.*/gm) ?? []),
      `nice ${statFields('self')[NICE]}`,
    ]
  } catch {
    return undefined
  }
}

/** Place of the priority in proc_pid_stat(5), from the state on. */
const NICE = 16

/** Without the umask, which cannot be read without setting it. */
function ofNode(): string[] {
  const { getuid, geteuid, getgid, getegid, getgroups } = process
  const ids = [getuid, geteuid, getgid, getegid, getgroups].map((get) => String(get?.()))
  return [...ids, `nice ${process.getBuiltinModule('node:os').getPriority()}`]
}

function openFile(fd: number): string {
  try {
    const { dev, ino, rdev } = fstatSync(fd)
    return [fd, dev, ino, rdev].join(' ')
  } catch {
    return `${fd} is closed`
  }
}
