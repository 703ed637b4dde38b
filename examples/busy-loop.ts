/**
 * A loop that never yields: no await, no timer, no event. Start it (`node --import tsx
 * examples/busy-loop.ts`), edit WORD and save: the loop sees it at its next round, and the new code
 * begins within a few ms. Ctrl-C ends it at once.
 */
import { generation, launchChild, PARENT, shouldRestart } from 'exit75'

const WORD = 'longest'

function main(): never {
  console.log(`generation ${generation} looks for long Collatz chains`)
  let longest = 0
  for (let begin = 1; !shouldRestart(); begin += 1) {
    const length = chainFrom(begin)
    if (length <= longest) continue
    longest = length
    console.log(`${WORD} so far: ${length} steps from ${begin}`)
  }
  process.exit(75)
}

function chainFrom(begin: number): number {
  let length = 0
  for (let at = begin; at !== 1; length += 1) at = at % 2 === 0 ? at / 2 : 3 * at + 1
  return length
}

if (PARENT) launchChild()
else main()
