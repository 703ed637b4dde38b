/**
 * Threads that never yield, and ask for themselves. Start it (`node --import tsx
 * examples/worker-threads.ts`, Node 22 or newer: on 20 tsx does not reach threads), edit WORD and save:
 * every thread sees `shouldRestart()` turn true and ends, then the program goes on with the new word.
 * Ctrl-C ends it.
 */
import { once } from 'node:events'
import { isMainThread, Worker, workerData } from 'node:worker_threads'
import { generation, launchChild, PARENT, shouldRestart } from 'exit75'

const WORD = 'works'
const THREADS = [1, 2]

async function main(): Promise<void> {
  const threads = THREADS.map((number) => new Worker(new URL(import.meta.url), { workerData: number }))
  await Promise.all(threads.map((thread) => once(thread, 'exit')))
  console.log(`all threads of generation ${generation} have ended`)
  process.exit(75)
}

function inThread(): void {
  console.log(`thread ${workerData} of generation ${generation} ${WORD}`)
  let rounds = 0
  while (!shouldRestart()) rounds += 1
  console.log(`thread ${workerData} stops after ${rounds} rounds`)
}

if (PARENT) launchChild()
else if (isMainThread) await main()
else inThread()
