/** What `npm publish` would send, of what is built now. */
import { spawnSync } from 'node:child_process'
import { REPOSITORY } from './temp-dir.ts'

export interface Packed {
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

export function packed(): Packed {
  const { stdout, error, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  })
  const [one] = Object.values(JSON.parse(stdout || '[]')) as Packed[] // a list, or by name in newer versions
  if (one === undefined) throw new Error(`npm pack failed: ${stderr}`, { cause: error })
  return one
}
