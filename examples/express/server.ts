/**
 * A web server on Express, in several modules. Run `npm install && npm start` here, open
 * http://localhost:3000/greeting/you, edit any of the files and open it again: the new code answers,
 * and no request was refused in between. Ctrl-C ends it.
 */
import { drain, generation, launchChild, listenOn, onRestart, PARENT } from 'exit75'

const PORT = Number(process.env.PORT ?? 3000)

async function main(): Promise<void> {
  // Not at the top: the parent, which also reads this file, needs none of it.
  const { app } = await import('./app.ts')
  const server = app.listen(listenOn(PORT), () => {
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : address
    console.log(`generation ${generation} listens on port ${port}`)
  })
  onRestart(() => drain(server))
}

if (PARENT) launchChild({ listen: [PORT] })
else await main()
