import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { installInto } from '../helpers/install.ts'
import { SQLITE_PACKAGES } from '../helpers/sqlite.ts'
import { start } from '../helpers/start.ts'
import { REPOSITORY, tempDir } from '../helpers/temp-dir.ts'
import { aligned, type Bench } from './figures.ts'

const PROGRAM = 'job-worker.ts'
const JOBS = 1000
/** Each job is begun once and done once, or something is wrong with it. */
const COUNT = `
const { default: Database } = await import('node:sqlite').then(
  ({ DatabaseSync }) => ({ default: DatabaseSync }),
  () => import('better-sqlite3'),
)
const db = new Database('jobs.db')
const sums = 'count(*) AS jobs, sum(done = 0) AS lost, sum(done > 1) AS twice, sum(begun - done) AS half'
const { jobs, lost, twice, half } = db.prepare('SELECT ' + sums + ' FROM jobs').get()
console.log('counted', jobs, lost, twice, half)
`

/** What restarts do to a queue of jobs in a database: examples/job-worker.ts, edited again and again. */
export async function jobs(bench: Bench): Promise<string> {
  const restarts = bench.quick ? 5 : 50
  const rows = [
    ['exit75', ...(await measure(bench, restarts, [], {}))],
    ['node --watch', ...(await measure(bench, restarts, ['--watch'], { EXIT75: 'off' }))],
  ]
  return aligned([
    [`job-worker.ts, ${restarts} restarts`, 'jobs', 'lost', 'done twice', 'left half done'],
    ...rows,
  ])
}

async function measure(
  bench: Bench,
  restarts: number,
  flags: string[],
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const dir = tempDir(bench, { 'package.json': '{"type":"module"}', 'count.js': COUNT })
  if (SQLITE_PACKAGES.length > 0) installInto(dir.path, SQLITE_PACKAGES)
  cpSync(join(REPOSITORY, 'examples', PROGRAM), dir.file(PROGRAM))
  const code = readFileSync(dir.file(PROGRAM), 'utf8')
  const app = start(bench, [PROGRAM], {
    cwd: dir.path,
    flags: [...flags, '--import', import.meta.resolve('tsx')],
    env: { ...env, JOBS: String(JOBS) },
  })
  await app.says('hello: job')
  for (let restart = 1; restart <= restarts; restart += 1) {
    dir.write(PROGRAM, code.replace("'hello'", `'hello ${restart}'`))
    await app.says(`hello ${restart}: job`)
  }
  await app.says('all done')
  app.signal('SIGTERM') // node --watch stays
  await app.ended
  const counts = await start(bench, ['count.js'], { cwd: dir.path }).says(/^counted (\d+) (\d+) (\d+) (\d+)$/)
  return counts.slice(1)
}
