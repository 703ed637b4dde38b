/** What clients notice of restarts: latency and failures, without a restart and with each way of restarting. */
import http from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Run, start } from '../helpers/start.ts'
import { tempDir } from '../helpers/temp-dir.ts'
import { aligned, type Bench, now, shown } from './figures.ts'

/**
 * Both do a little work per request. The plain one ends at once by its SIGTERM, as most do: with a
 * server.close() in a handler it would wait for ever, because its clients keep asking.
 */
const SERVERS = {
  'exit75.js': `
import http from 'node:http'
import { PARENT, drain, launchChild, listenOn, onRestart, ready } from 'exit75'
if (PARENT) launchChild({ listen: [0], overlap: process.argv[2] === 'overlap', log: 'silent' })
else {
  const { version } = await import('./version.js')
  const server = http.createServer((_request, response) => setTimeout(() => response.end(version), 5))
  server.listen(listenOn(0), () => { console.log('port', server.address().port); ready() })
  onRestart(() => drain(server))
}`,
  'plain.js': `
import http from 'node:http'
import { version } from './version.js'
const server = http.createServer((_request, response) => setTimeout(() => response.end(version), 5))
server.listen(Number(process.argv[2]), () => console.log('port', server.address().port))`,
}

const CLIENTS = 8

export async function load(bench: Bench): Promise<string> {
  const restarts = bench.quick ? 5 : 30
  const ways: [name: string, args: string[], restarts: number][] = [
    ['no restart', ['plain.js', '0'], 0],
    ['exit75, one after the other', ['exit75.js'], restarts],
    ['exit75, overlap', ['exit75.js', 'overlap'], restarts],
    ['node --watch', ['--watch', 'plain.js', '38417'], restarts],
  ]
  const rows = []
  for (const [name, args, times] of ways) rows.push([name, ...(await measure(bench, args, times, restarts))])
  const head = [`${CLIENTS} clients, ${restarts} restarts`, 'requests', 'failed', 'median', '99 %', 'longest']
  return aligned([head, ...rows])
}

async function measure(bench: Bench, args: string[], times: number, rounds: number): Promise<string[]> {
  const dir = tempDir(bench, { 'package.json': '{"type":"module"}', ...SERVERS, 'version.js': version(0) })
  const app = start(bench, args, { cwd: dir.path })
  const port = await portOf(app)
  const over = new AbortController()
  const clients = Array.from({ length: CLIENTS }, () => client(port, over.signal))
  for (let round = 1; round <= rounds; round += 1) {
    await sleep(400)
    if (round > times) continue
    dir.write('version.js', version(round))
    await portOf(app)
  }
  await sleep(300)
  over.abort()
  const results = (await Promise.all(clients)).flat()
  const latencies = results.filter((one) => one !== 'failed').sort((a, b) => a - b)
  const at = (part: number) => `${shown(latencies[Math.floor(part * (latencies.length - 1))] ?? 0)} ms`
  const failed = results.length - latencies.length
  return [String(results.length), String(failed), at(0.5), at(0.99), at(1)]
}

const version = (number: number) => `export const version = 'v${number}'`
const portOf = async (app: Run) => Number((await app.says(/^port (\d+)$/))[1])

/** Asks again and again on a connection that it keeps, with a little time to think. */
async function client(port: number, over: AbortSignal): Promise<(number | 'failed')[]> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const results: (number | 'failed')[] = []
  while (!over.aborted) {
    const begin = now()
    const answered = await ask(port, agent)
    results.push(answered ? now() - begin : 'failed')
    await sleep(Math.random() * 10)
  }
  agent.destroy()
  return results
}

function ask(port: number, agent: http.Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ port, host: '127.0.0.1', agent }, (response) => {
      response
        .resume()
        .on('end', () => resolve(response.complete))
        .on('error', () => resolve(false))
    })
    request.on('error', () => resolve(false))
  })
}
