import { findNode, versionOf } from '../helpers/nodes.ts'
import { aligned, type Bench, drawing, shown } from './figures.ts'
import { type Bar, chart, type Panel } from './peers/chart.ts'
import { type Counts, counts } from './peers/counts.ts'
import { largeTree, type Watched } from './peers/large-tree.ts'
import { restartTimes, type Times } from './peers/restart-times.ts'

/** exit75 beside other restarters, all in turns, on every Node that there is. */
export async function peers(bench: Bench): Promise<string> {
  const nodes = bench.majors.flatMap((major) => findNode(major) ?? [])
  const parts: string[] = []
  const charted: Panel[] = []
  for (const node of nodes) {
    const version = versionOf(node)
    process.stderr.write(`${version} … `)
    const times = await restartTimes(bench, node)
    charted.push({ name: `Node ${version}`, bars: barsOf(times) })
    parts.push(`Node ${version}: times in ms, memory (PSS) in MB`, timesTable(times), stepsTable(times))
    parts.push(countsTable(await counts(bench, node)))
  }
  const newest = nodes.at(-1) ?? process.execPath
  parts.push(
    `Node ${versionOf(newest)}, a small app in a tree of ${bench.quick ? '10,000' : '100,000'} files`,
    treeTable(await largeTree(bench, newest)),
  )
  drawing(bench, 'restart-times.svg', chart('From a save to the first line of the new code, ms', charted))
  return parts.join('\n\n')
}

function barsOf(times: readonly Times[]): Bar[] {
  return times
    .filter(({ language }) => language !== 'ts')
    .map(({ name, edit, cold }): Bar => {
      if (name === 'bare') return { name: 'bare node app.js', time: cold, kind: 'bare' }
      return { name, time: edit['in place'], kind: name.startsWith('exit75') ? 'exit75' : 'peer' }
    })
}

function timesTable(times: readonly Times[]): string {
  const head = ['', 'edit → line', 'rename over → line', 'cold start', 'app', 'its helpers']
  return aligned([
    head,
    ...times.map((one) => {
      const bare = bareOf(one, times)
      const [app, helpers] = one.memory
      const edits = (['in place', 'rename over'] as const).map((way) =>
        one === bare
          ? ''
          : `${ratio(one.edit[way], bare)}${one.lost[way] > 0 ? `, lost ${one.lost[way]}` : ''}`,
      )
      return [one.name, ...edits, ratio(one.cold, bare), shown(app), shown(helpers)]
    }),
  ])
}

/** What exit75's time is made of. */
function stepsTable(times: readonly Times[]): string {
  return aligned([
    ['', 'save → asked', 'asked → gone', 'gone → line'],
    ...times
      .filter(({ steps }) => !Number.isNaN(steps[0]))
      .map((one) => [one.name, ...one.steps.map((step) => ratio(step, bareOf(one, times)))]),
  ])
}

function countsTable(all: readonly Counts[]): string {
  return aligned([
    ['', 'edits lost', 'needless restarts', 'restarts per checkout', 'stale after it'],
    ...all.map(({ name, lost, edits, needless, saves, checkouts, stale }) => [
      name,
      `${lost} of ${edits}`,
      `${needless} in ${saves}`,
      checkouts.join(' '),
      String(stale),
    ]),
  ])
}

function treeTable(all: readonly Watched[]): string {
  return aligned([
    ['', 'watches', 'set up, ms'],
    ...all.map(({ name, watches, setUp }) => [name, String(watches), setUp.toFixed(0)]),
  ])
}

const ratio = (time: number, bare: Times | undefined): string =>
  Number.isNaN(time) ? '—' : `${shown(time)} (${(time / (bare?.cold ?? Number.NaN)).toFixed(2)})`

const bareOf = ({ language }: Times, times: readonly Times[]): Times | undefined =>
  times.find((one) => (one.language === 'ts') === (language === 'ts') && one.name.startsWith('bare'))
