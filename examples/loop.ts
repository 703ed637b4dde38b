/**
 * A program with a main loop. Start it (`npm start`), edit WORD below and save: it finishes its
 * round, exits with 75, and goes on with the new word. Ctrl-C ends it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { generation, launchChild, PARENT, shouldRestart } from 'exit75'

const WORD = 'tick'

async function main(): Promise<void> {
  console.log(`generation ${generation}: edit WORD in ${import.meta.filename} and save`)
  for (let round = 1; !shouldRestart(); round += 1) {
    console.log(`${WORD} ${round}`)
    await sleep(1000)
  }
  process.exit(75)
}

if (PARENT) launchChild()
else await main()
