/**
 * `npm run prepare`: the build. npm also asks for it where another package depends on this folder, as those of
 * examples/ do, and then nothing has been installed here yet.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

if (!existsSync(new URL('../node_modules/esbuild', import.meta.url))) {
  // npm's variables name the package that it is at work for.
  const own = Object.entries(process.env).filter(([name]) => !/^(npm_(config_local_prefix|package_|lifecycle_)|INIT_CWD)/.test(name))
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: root,
    env: Object.fromEntries(own),
    stdio: 'inherit',
    shell: process.platform === 'win32', // npm is a script there
  })
  if (status !== 0) process.exit(1)
}
await import('./build.mjs')
