/**
 * A web server on Fastify. Run `npm install && npm start` here, open http://localhost:3000/greeting/you,
 * edit WORD in app.ts and open it again: the new code answers, and no request was refused in between.
 * The hooks of Fastify's own `close()` run at each restart. Ctrl-C ends it.
 */
import { drain, generation, launchChild, listenOn, onRestart, PARENT } from 'exit75'

const PORT = Number(process.env.PORT ?? 3000)

async function main(): Promise<void> {
  // Not at the top: the parent, which also reads this file, needs none of it.
  const { app } = await import('./app.ts')
  app.addHook('onClose', () => console.log(`generation ${generation} closes`))
  await app.listen(listenOn(PORT))
  console.log(`generation ${generation} listens on port ${app.addresses()[0]?.port}`)
  onRestart(async () => {
    await drain(app.server)
    await app.close()
  })
}

if (PARENT) launchChild({ listen: [PORT] })
else await main()
