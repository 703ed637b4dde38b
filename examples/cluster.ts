/**
 * A cluster: its primary process is exit75's child, its workers are neither parent nor child. Start it
 * (`node --import tsx examples/cluster.ts`), ask it (`curl localhost:3000`), edit WORD and save: the
 * workers answer what they have begun and go, then the primary exits with 75, and new ones answer.
 * Nobody is refused in between. Ctrl-C ends them all. (Files that a worker alone loads: see `watch()`.)
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { generation, launchChild, listenOn, onRestart, PARENT } from 'exit75'

const WORD = 'hello'
const PORT = Number(process.env.PORT ?? 3000)

function primary(): void {
  // The workers do not know the parent's socket: listening is what the primary does for them.
  const where = { WHERE: JSON.stringify(listenOn(PORT)), GENERATION: String(generation) }
  const workers = [cluster.fork(where), cluster.fork(where)]
  onRestart(async () => {
    const gone = workers.filter((worker) => !worker.isDead()).map((worker) => once(worker, 'exit'))
    cluster.disconnect()
    await Promise.all(gone)
  })
}

function worker(): void {
  const { WHERE = '', GENERATION } = process.env
  const answer = `${WORD} from generation ${GENERATION}`
  const server = createServer((_request, response) => response.end(`${answer}, worker ${process.pid}\n`))
  server.listen(JSON.parse(WHERE), () => console.log(`${answer}: ${process.pid} listens`, server.address()))
}

if (PARENT) launchChild({ listen: [PORT] })
else if (cluster.isPrimary) primary()
else worker()
