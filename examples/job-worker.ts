/**
 * A queue in a database, worked off in two phases. Start it (`node --import tsx examples/job-worker.ts`,
 * Node 22.13 or newer; else `npm install better-sqlite3`), edit GREETING and save as often as you like:
 * no job is lost, none is done twice, none is half done. It ends when all are done, and says so.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { generation, launchChild, PARENT, shouldRestart } from 'exit75'

const GREETING = 'hello'
const JOBS = Number(process.env.JOBS ?? 200)

async function main(): Promise<void> {
  const { default: Database } = await import('node:sqlite').then(
    ({ DatabaseSync }) => ({ default: DatabaseSync }),
    () => import('better-sqlite3' as string),
  )
  const db = new Database(process.env.DB ?? 'jobs.db')
  db.exec(`CREATE TABLE IF NOT EXISTS jobs (id INTEGER PRIMARY KEY, begun INTEGER DEFAULT 0, done INTEGER DEFAULT 0);
           INSERT OR IGNORE INTO jobs (id) SELECT value FROM json_each('[${[...Array(JOBS).keys()]}]')`)
  const next = db.prepare('SELECT id FROM jobs WHERE done = 0 ORDER BY id LIMIT 1')
  for (let job = next.get(); job; job = next.get()) {
    if (shouldRestart()) process.exit(75)
    db.prepare('UPDATE jobs SET begun = begun + 1 WHERE id = ?').run(job.id)
    await sleep(20) // to be ended here is to leave half a job
    db.prepare('UPDATE jobs SET done = done + 1 WHERE id = ?').run(job.id)
    console.log(`${GREETING}: job ${job.id} by generation ${generation}`)
  }
  const odd = db.prepare('SELECT count(*) AS n FROM jobs WHERE begun <> 1 OR done <> 1').get()
  console.log(`all done, ${odd?.n} lost, half done or done twice`)
}

if (PARENT) launchChild()
else await main()
