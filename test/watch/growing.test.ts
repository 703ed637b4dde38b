/** Data is not taken for complete while it is being written. */
import assert from 'node:assert/strict'
import { appendFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, startApp, untilWatched } from '../helpers/app.ts'
import { startCli } from '../helpers/cli.ts'
import type { Run } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

const APP = `
import { readFileSync } from 'node:fs'
import { PARENT, watch } from 'exit75'
import { launch, run } from './kit.mjs'
if (PARENT) launch()
else {
  watch('data.bin')
  await run(readFileSync('data.bin').length)
}
`
const PIECE = Buffer.alloc(300_000)
const [PIECES, PAUSE] = [40, 80]
/** A writer that rests for longer may have finished, ms. */
const REST = 300

interface Way {
  readonly isProgram: boolean
  readonly start: (t: Parameters<typeof startCli>[0], dir: TempDir) => Run
}

const WAYS: Record<string, Way> = {
  'what an app names with watch()': { isProgram: true, start: (t, dir) => startApp(t, dir) },
  'a file of a command': {
    isProgram: false,
    start: (t, dir) =>
      startCli(t, ['--watch', 'data.bin', 'echo "ready $(wc -c < data.bin)"; read -r _'], { cwd: dir.path }),
  },
}

for (const [what, { isProgram, start }] of Object.entries(WAYS)) {
  test(`${what} grows for three seconds: one restart, when it is complete`, async (t) => {
    const dir = tempDir(t, appFiles({ 'app.js': APP, 'data.bin': 'small' }))
    const app = start(t, dir)
    await app.says(/^ready (\d+ )?5\b.*\n/)
    if (isProgram) await untilWatched(app, dir.path) // a command is watched before it runs
    for (let attempt = 1; ; attempt += 1) {
      const before = app.count('ready')
      // Another size each time, since the same would not be a change.
      const size = attempt + (1 + PIECES) * PIECE.length
      const longest = await written(dir.file('data.bin'), attempt + PIECE.length)
      await app.says(new RegExp(`^ready (\\d+ )?${size}\\b.*\\n`))
      if (longest > REST && attempt < 10) continue // the machine stood still, which proves nothing
      assert.equal(app.count('ready'), before + 1)
      return
    }
  })
}

/** Writes the file in pieces, and returns the longest rest between two of them, in ms. */
async function written(path: string, first: number): Promise<number> {
  writeFileSync(path, Buffer.alloc(first))
  let [last, longest] = [performance.now(), 0]
  for (let at = 0; at < PIECES; at += 1) {
    appendFileSync(path, PIECE)
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
    await sleep(PAUSE)
  }
  return longest
}
