/**
 * A server that no client sees restarting. Start it (`node --import tsx examples/http-server.ts`), put
 * load on it in another terminal (`while curl -sS localhost:3000; do :; done`), edit WORD and save:
 * every request is answered, by the old code or by the new.
 */
import { createServer } from 'node:http'
import { drain, generation, launchChild, listenOn, onRestart, PARENT } from 'exit75'

const WORD = 'hello'
const PORT = Number(process.env.PORT ?? 3000)

function main(): void {
  const server = createServer((_request, response) => {
    // Slow enough to be in the middle of it when you save.
    setTimeout(() => response.end(`${WORD} from generation ${generation}\n`), 100)
  })
  server.listen(listenOn(PORT), () => console.log(`generation ${generation} listens`, server.address()))
  onRestart(() => drain(server))
}

if (PARENT) launchChild({ listen: [PORT] })
else main()
