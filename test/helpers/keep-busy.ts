/**
 * Runs tasks, as many at a time as keep the cores busy: much of a test is waiting for words. On a slow
 * machine, or beside other work, that is one more than there are cores; on a fast one it is several times as many.
 */
import { availableParallelism, cpus } from 'node:os'
import { setInterval as every } from 'node:timers/promises'

const CORES = availableParallelism()
const LEAST = CORES + 1
const MOST = 4 * CORES
/** How often the cores are looked at, in ms: what has just begun shows by then. */
const LOOK = 1500
/** This part of the cores' time without work, since the last look, is room for one more. */
const ROOM = 0.3

/** Resolves when all tasks have, to how many ran at a time on average. None of them may reject. */
export async function keepBusy<Task>(
  tasks: readonly Task[],
  run: (task: Task) => Promise<void>,
): Promise<number> {
  const queue = tasks.values()
  const running = new Set<Promise<void>>()
  let spent = 0
  const startOne = (): boolean => {
    const { done, value: task } = queue.next()
    if (done) return false
    const began = performance.now()
    const one = run(task).then(() => {
      spent += performance.now() - began
      running.delete(one)
      if (running.size < LEAST) startOne()
    })
    running.add(one)
    return true
  }
  const began = performance.now()
  while (running.size < LEAST && startOne()) {}
  const looks = new AbortController()
  const look = startMore(() => running.size < MOST && startOne(), looks.signal)
  while (running.size > 0) await Promise.race(running)
  looks.abort()
  await look
  return spent / (performance.now() - began)
}

async function startMore(startOne: () => boolean, signal: AbortSignal): Promise<void> {
  let before = times()
  try {
    for await (const _ of every(LOOK, undefined, { signal })) {
      const now = times()
      if (now.idle - before.idle > ROOM * (now.all - before.all)) startOne()
      before = now
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** The time of all cores since the system's start, in ms. */
function times(): { readonly idle: number; readonly all: number } {
  const each = cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    idle,
    all: user + nice + sys + idle + irq,
  }))
  return {
    idle: each.reduce((sum, core) => sum + core.idle, 0),
    all: each.reduce((sum, core) => sum + core.all, 0),
  }
}
