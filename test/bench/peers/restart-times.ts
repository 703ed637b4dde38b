/** From a save to the first line of the new code, in turns with a bare boot of the same code. */
import { descendants } from '../../helpers/start.ts'
import { type Bench, median, pss } from '../figures.ts'
import { BARE, BARE_TSX, type Contestant, contestants, type Language, now } from './contestants.ts'
import { type Racer, racer, WAYS, type Way } from './racer.ts'

/** After so many lost edits in a row no more are made that way. */
const PATIENCE = 3

/** All in ms, and MB; a median without measurements is NaN. */
export interface Times {
  readonly name: string
  readonly language: Language
  readonly edit: Readonly<Record<Way, number>>
  readonly lost: Readonly<Record<Way, number>>
  /** From the start to the first line. */
  readonly cold: number
  /** exit75's steps: save → asked, asked → gone, gone → first line. */
  readonly steps: readonly [number, number, number]
  /** Of the app's process, and of all others. */
  readonly memory: readonly [app: number, helpers: number]
}

export async function restartTimes(bench: Bench, node: string): Promise<Times[]> {
  const all: Entry[] = []
  for (const contestant of [BARE, BARE_TSX, ...contestants()]) {
    const entry = newEntry(bench, node, contestant)
    try {
      if (!isBare(contestant)) await entry.resident.start()
      all.push(entry)
    } catch (error) {
      console.error(`\n${(error as Error).message}`)
    }
  }
  const each = async (rounds: number, act: (entry: Entry) => Promise<void>) => {
    for (let round = 0; round < rounds; round += 1) for (const entry of turned(all, round)) await act(entry)
  }
  // One way after the other: what a rename breaks is not to be blamed on the saves in place.
  for (const way of WAYS) await each(bench.quick ? 8 : 30, (entry) => edit(entry, way))
  await each(bench.quick ? 4 : 12, coldStart)
  for (const entry of all) if (isBare(entry.resident.contestant)) await entry.resident.start()
  for (const entry of all) await entry.resident.rest()
  const times = all.map(timesOf)
  for (const { resident } of all) await resident.stop()
  return times
}

interface Entry {
  readonly resident: Racer
  readonly beginner: Racer
  readonly edit: Record<Way, number[]>
  readonly lost: Record<Way, number>
  readonly cold: number[]
  readonly steps: [number[], number[], number[]]
}

function newEntry(bench: Bench, node: string, contestant: Contestant): Entry {
  return {
    resident: racer(bench, node, contestant),
    beginner: racer(bench, node, contestant),
    edit: { 'in place': [], 'rename over': [] },
    lost: { 'in place': 0, 'rename over': 0 },
    cold: [],
    steps: [[], [], []],
  }
}

const isBare = (contestant: Contestant): boolean => contestant === BARE || contestant === BARE_TSX

/** Each round begins with another one. */
function turned<T>(list: readonly T[], by: number): T[] {
  const at = by % list.length
  return [...list.slice(at), ...list.slice(0, at)]
}

async function edit({ resident, edit, lost, steps }: Entry, way: Way): Promise<void> {
  if (isBare(resident.contestant) || lost[way] >= PATIENCE) return
  const saved = await resident.save(way)
  const answer = await resident.answer()
  if (answer === undefined) {
    lost[way] += 1
    await resident.start() // it may never see this file again
  } else {
    edit[way].push(answer.at - saved)
    if (resident.contestant.usesExit75) {
      const asked = last(resident, 'asked')
      const gone = last(resident, 'gone')
      ;[asked - saved, gone - asked, answer.at - gone].forEach((time, at) => {
        steps[at]?.push(time)
      })
    }
  }
  await resident.rest()
}

const last = (racer: Racer, word: string): number =>
  Number(
    [
      ...racer
        .run()
        .output()
        .matchAll(new RegExp(`^${word} (\\S+)$`, 'gm')),
    ].at(-1)?.[1],
  )

/** The code is as new as after an edit: nothing that is cached by content may help. */
async function coldStart({ beginner, cold }: Entry): Promise<void> {
  await beginner.save('in place')
  const began = now()
  const { at } = await beginner.start()
  cold.push(at - began)
  await beginner.stop()
}

function timesOf({ resident, edit, lost, cold, steps }: Entry): Times {
  const { name, language } = resident.contestant
  const { pid, output } = resident.run()
  const app = Number([...output().matchAll(/^runs .* (\d+)$/gm)].at(-1)?.[1])
  const helpers = [pid, ...descendants(pid)].filter((one) => one !== app).map(pss)
  return {
    name,
    language,
    edit: { 'in place': median(edit['in place']), 'rename over': median(edit['rename over']) },
    lost,
    cold: median(cold),
    steps: [median(steps[0]), median(steps[1]), median(steps[2])],
    memory: [pss(app), helpers.reduce((sum, one) => sum + one, 0)],
  }
}
