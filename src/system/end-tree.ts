/** Ends a process of Windows with everything that it has started: the system itself ends no tree. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** False if it could not be done: then nothing has ended. */
export function endTree(pid: number): boolean {
  const taskkill = join(process.env.SystemRoot ?? '', 'System32', 'taskkill.exe')
  const { status } = spawnSync(taskkill, ['/pid', String(pid), '/t', '/f'], {
    stdio: 'ignore',
    windowsHide: true,
  })
  return status === 0
}
