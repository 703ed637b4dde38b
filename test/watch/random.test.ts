/** Random edits at random instants: when all is quiet, the code that runs is the code on disk. */
import { cpSync, readFileSync, rmSync, utimesSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { appFiles, startApp, version } from '../helpers/app.ts'
import { AND_EARLY, generations } from '../helpers/generations.ts'
import { seeded } from '../helpers/seeded.ts'
import type { Run } from '../helpers/start.ts'
import { type TempDir, tempDir } from '../helpers/temp-dir.ts'

/** In the process of the test, and of a program, which takes many times as long. */
const [ROUNDS, OF_A_PROGRAM] = [60, 15]
const FILES = ['version.js', 'one.js', 'deep/two.js', 'deep/er/three.js']

const FIRST = Object.fromEntries(FILES.map((file) => [file, version('v0')]))

const APP = `
import { PARENT } from 'exit75'
import { launch, run } from './kit.mjs'
import { version } from './version.js'
import { version as one } from './one.js'
import { version as two } from './deep/two.js'
import { version as three } from './deep/er/three.js'
if (PARENT) launch()
else await run([version, one, two, three].join())
`

/** Edits of one file, which in the end holds the text. */
const ACTIONS: ((dir: TempDir, file: string, text: string) => Promise<void> | void)[] = [
  (dir, file, text) => dir.write(file, text),
  (dir, file, text) => dir.replace(file, text),
  async (dir, file, text) => {
    dir.remove(file)
    await sleep(text.length % 7)
    dir.write(file, text)
  },
  async (dir, file, text) => {
    dir.write(file, text.slice(0, -3))
    await sleep((text.length % 3) * 60)
    dir.write(file, text)
  },
  (dir, file, text) => {
    dir.write(file, text)
    utimesSync(dir.file(file), 1e9, 1e9)
  },
  (dir, file, text) => {
    const folder = dir.file(file.includes('/') ? 'deep' : '.')
    if (folder.endsWith('deep')) {
      cpSync(folder, dir.file('copy'), { recursive: true })
      rmSync(folder, { recursive: true })
      cpSync(dir.file('copy'), folder, { recursive: true })
      dir.remove('copy')
    }
    dir.write(file, text)
  },
  async (dir, file, text) => {
    dir.write(`${file}~`, text)
    dir.replace(file, 'export const version = ')
    dir.replace(file, text)
    rmSync(dir.file(`${file}~`))
  },
]

test(`a program, ${OF_A_PROGRAM} random edits`, async (t) => {
  const dir = tempDir(t, appFiles({ ...FIRST, 'app.js': APP }))
  await edited(t, dir, startApp(t, dir, { env: { OPTIONS: '{"onCrash":"wait"}' } }), OF_A_PROGRAM)
})

for (const { by, ...options } of AND_EARLY) {
  test(`${by}: ${ROUNDS} random edits`, async (t) => {
    const dir = tempDir(t, FIRST)
    const word = () => FILES.map((file) => /'(.*)'/.exec(textOf(dir, file))?.[1]).join()
    await edited(t, dir, generations(t, dir, { loaded: FILES, word, ...options }), ROUNDS)
  })
}

async function edited(t: TestContext, dir: TempDir, app: Pick<Run, 'says'>, rounds: number): Promise<void> {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))
  t.diagnostic(`SEED=${seed}`)
  const next = seeded(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  const running: Record<string, string> = Object.fromEntries(FILES.map((file) => [file, 'v0']))
  const quiet = async () => {
    const words = FILES.map((file) => running[file]).join()
    await app.says(new RegExp(`^ready \\d+ ${words} `)).catch((error: Error) => {
      throw new Error(`SEED=${seed}: ${error.message}`)
    })
  }
  await quiet()
  for (let round = 1; round <= rounds; round += 1) {
    const file = FILES[below(FILES.length)] as string
    const name = `v${round}`
    await ACTIONS[below(ACTIONS.length)]?.(dir, file, version(name))
    running[file] = name
    // Back to back, in the middle of a restart, or when all is quiet.
    const pause = below(4)
    if (pause === 1) await sleep(below(30))
    if (pause === 2) await sleep(below(300))
    if (pause === 3 || round === rounds) await quiet()
  }
}

function textOf(dir: TempDir, file: string): string {
  try {
    return readFileSync(dir.file(file), 'utf8')
  } catch {
    return '' // between two steps of an edit
  }
}
