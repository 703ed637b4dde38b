/**
 * A cluster: its primary process is exit75's child, its workers are neither parent nor child. Start it
 * (`node --import tsx examples/cluster.ts`), ask it (`curl localhost:3000`), edit WORD and save: the
 * workers answer what they have begun and go, then the primary exits with 75, and new ones answer.
 * Nobody is refused in between. Ctrl-C ends them all. (Files that a worker alone loads: see `watch()`.)
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { drain, generation, launchChild, listenOn, onRestart, PARENT } from 'exit75'

const WORD = 'hello'
const PORT = Number(process.env.PORT ?? 3000)

function primary(): void {
  cluster.schedulingPolicy = cluster.SCHED_NONE // else the primary accepts for workers that are on their way out
  // The workers do not know the parent's socket: listening is what the primary does for them.
  const where = { WHERE: JSON.stringify(listenOn(PORT)), GENERATION: String(generation) }
  const workers = [cluster.fork(where), cluster.fork(where)]
  onRestart(async () => {
    const alive = workers.filter((worker) => worker.isConnected())
    for (const worker of alive) worker.send('restart') // disconnect() would wait for as long as a client keeps asking
    await Promise.all(alive.map((worker) => once(worker, 'exit')))
  })
}

function worker(): void {
  const { WHERE = '', GENERATION } = process.env
  const answer = `${WORD} from generation ${GENERATION}`
  const server = createServer((_request, response) => response.end(`${answer}, worker ${process.pid}\n`))
  server.listen(JSON.parse(WHERE), () => console.log(`${answer}: ${process.pid} listens`, server.address()))
  process.once('message', async () => {
    await drain(server)
    process.disconnect?.()
  })
}

if (PARENT) launchChild({ listen: [PORT] })
else if (cluster.isPrimary) primary()
else worker()
