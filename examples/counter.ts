/**
 * State that survives. Start it (`node --import tsx examples/counter.ts`), edit STEP and save: it
 * counts on from where it was, with the new step.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { launchChild, PARENT, savedState, saveState, shouldRestart } from 'exit75'

const STEP = 1

async function main(): Promise<void> {
  let count = savedState<number>() ?? 0
  for (; !shouldRestart(); count += STEP) {
    console.log(count)
    await sleep(500)
  }
  saveState(count)
  process.exit(75)
}

if (PARENT) launchChild()
else await main()
