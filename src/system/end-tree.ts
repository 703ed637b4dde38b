/** Ends a Windows process with everything that it has started, which the system itself does not do. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** Returns false if that failed: then nothing has ended. */
export function endTree(pid: number): boolean {
  const taskkill = join(process.env.SystemRoot ?? '', 'System32', 'taskkill.exe')
  const { status } = spawnSync(taskkill, ['/pid', String(pid), '/t', '/f'], {
    stdio: 'ignore',
    windowsHide: true,
  })
  return status === 0
}
