/** Programs that nobody here wrote, from npm and unchanged: each edit restarts them once, and nothing is left. */
import assert from 'node:assert/strict'
import { type SpawnOptions, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { CLI } from '../helpers/cli.ts'
import { installInto } from '../helpers/install.ts'
import { asked, freePort } from '../helpers/listeners.ts'
import { processesWith } from '../helpers/proc.ts'
import { cleanEnvironment, descendants, isAlive, type Run, startCommand } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { CTRL_C, terminal } from '../helpers/terminal.ts'
import { until } from '../helpers/until.ts'
import { pinned, versionsOf } from './packages.ts'
import { FILES, OVERRIDES, PACKAGES, PROGRAMS, WORDS } from './programs.ts'

const copy = (from: string, to: string) => cpSync(dir.file(from), dir.file(to), { recursive: true })

const dir = tempDir({ after }, FILES)

before(() => {
  installInto(dir.path, pinned(...PACKAGES), versionsOf(...OVERRIDES))
  symlinkSync(CLI, dir.file('node_modules/.bin/exit75'))
  mkdirSync(dir.file('tmp'))
  copy('node_modules/http-server', 'http-server')
  copy('node_modules/express-generator-typescript/lib/project-files', 'typescript')
  const { status, stderr } = spawnSync('npx', ['--no-install', 'fastify', 'generate', 'fastify'], {
    cwd: dir.path,
    env: cleanEnvironment(),
    encoding: 'utf8',
  })
  assert.equal(status, 0, stderr)
})

for (const [name, { folder, asks, answer, edits, code, onTerminal, ...program }] of Object.entries(
  PROGRAMS,
)) {
  test(name, async (t) => {
    const port = await freePort()
    const request = `GET ${asks} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`
    const words = program.starts
      .split(' ')
      .flatMap((word) => WORDS[word] ?? word.replace('PORT', String(port)))
    const { run, end, family } = await (onTerminal ? atPrompt : inBackground)(t, words, {
      cwd: dir.file(folder),
      env: { ...program.env, PORT: String(port), TMPDIR: dir.file('tmp') },
    })
    const serves = (what: string) =>
      until(`it answers with ${what}`, run.output, async () => (await asked(port, request)).includes(what))

    await serves(answer)
    for (const { file, from, to, answer } of edits) {
      const text = readFileSync(dir.file(join(folder, file)), 'utf8')
      assert.ok(text.includes(from), `${file} holds ${from}`)
      dir.write(join(folder, file), text.replace(from, to))
      await run.says(`[exit75] ${file} changed · restarted in`)
      await serves(answer)
    }
    assert.equal(run.count(/^\[exit75\] .* restarted in /), edits.length, run.output())

    assert.equal(await end(), code ?? 'SIGINT')
    await until('its processes are gone', run.output, () => !family().some(isAlive))
    await assert.rejects(asked(port), { code: 'ECONNREFUSED' })
    assert.deepEqual(
      readdirSync(dir.file('tmp')).filter((one) => !CACHES.test(one)),
      [],
    )
  })
}

/** What npm and tsx keep for the next time. */
const CACHES = /^(tsx-\d+|node-compile-cache)$/

interface Started {
  readonly run: Run
  /** Presses Ctrl-C, and tells how the program has ended. */
  readonly end: () => Promise<number | string | null>
  /** The processes that belong to it. */
  readonly family: () => number[]
}

type Start = (t: TestContext, words: readonly string[], options: SpawnOptions) => Promise<Started>

/** Ctrl-C reaches the group of processes, as from a terminal. */
const inBackground: Start = async (t, [file = '', ...args], options) => {
  const run = startCommand(t, file, args, { ...options, detached: true })
  const end = async () => {
    process.kill(-run.pid, 'SIGINT')
    const { code, signal } = await run.ended
    return signal ?? code
  }
  return { run, end, family: () => processesWith(`PORT=${options.env?.PORT}`) }
}

const atPrompt: Start = async (t, words, options) => {
  const shell = await terminal(t, options)
  const around = [shell.pid, ...descendants(shell.pid)]
  shell.enter(words.join(' '))
  const end = async () => {
    shell.type(CTRL_C)
    const status = await shell.prompt()
    return status === 128 + constants.signals.SIGINT ? 'SIGINT' : status
  }
  const family = () => processesWith(`PORT=${options.env?.PORT}`).filter((pid) => !around.includes(pid))
  return { run: shell, end, family }
}
