/**
 * `node --import exit75/register app.js`: the app runs in a child that is relaunched when its files
 * change; this process loads none of it. An app that never imports exit75 is sent SIGTERM on a change;
 * after a crash the next change relaunches it. The configuration is that of the command.
 */
import './system/check-node.ts'
import { realpathSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { loadParent } from './load-parent.ts'
import { role } from './role.ts'

const MANAGERS = /[\\/]node_modules[\\/](npm|pnpm|yarn|corepack)[\\/]/

if (isMainThread && role.is === 'parent' && !isPackageManager(process.argv[1])) await beginParent()

async function beginParent(): Promise<void> {
  const { readConfig } = await import('./options/config.ts')
  const { exec, ...options } = readConfig(process.cwd(), null)
  if (exec === true) return // the program runs here
  const { say } = await import('./cli/run.ts')
  const { missingPaths } = await import('./cli/nearest-path.ts')
  say(missingPaths(options.watch, process.cwd()), options.log)
  const { argv, execArgv } = process
  const start = { cwd: process.cwd(), argv: [...argv], execArgv: [...execArgv], env: { ...process.env } }
  await loadParent('exit75/register').launchProgram({ is: 'node', ...start }, options)
}

/** With the flag in NODE_OPTIONS npm gets it, too, but it is meant for the program that npm starts. */
function isPackageManager(entry: string | undefined): boolean {
  try {
    return MANAGERS.test(realpathSync(entry ?? ''))
  } catch {
    return false // no such file: Node will report it
  }
}
