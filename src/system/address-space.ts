import { readFileSync } from 'node:fs'

/** Whether the address space of this process is limited (`ulimit -v`, RLIMIT_AS); only Linux shows it (proc(5)). */
export function isAddressSpaceLimited(): boolean {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1')
    return !/^Max address space +unlimited/m.test(limits)
  } catch {
    return false // not Linux
  }
}
