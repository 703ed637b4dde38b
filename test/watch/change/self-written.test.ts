import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selfWritten } from '../../../src/watch/change/self-written.ts'
import { fakeClock } from '../../helpers/fake-clock.ts'

/** Runs, each with the files that change in it and how long after its start; what is said of each change. */
function verdicts(runs: readonly (readonly [number, ...string[]])[]): string[] {
  const clock = fakeClock()
  const { begin, changed } = selfWritten(clock)
  return runs.map(([after, ...paths]) => {
    begin()
    clock.pass(after)
    const { pause, news } = changed(paths)
    clock.pass(pause)
    return `${pause}${news === undefined ? '' : ` ${news}`}`
  })
}

for (const [what, runs, wanted] of [
  [
    'a log that is written right after each start',
    Array.from({ length: 9 }, () => [20, 'log'] as const),
    ['0', '0', '100', '200', '400 log', '800', '1600', '3200', '5000'],
  ],
  [
    'a build that writes after some seconds',
    Array.from({ length: 5 }, (_, at) => [5000 + at * 300, 'out.js'] as const),
    ['0', '0', '100', '200', '400 out.js'],
  ],
  [
    'a file of another name in each run',
    Array.from({ length: 5 }, (_, at) => [20, `tmp/coverage-${4711 + at}-0b${at}f.json`] as const),
    ['0', '0', '100', '200', '400 tmp/coverage-*-*.json'],
  ],
  [
    'a file with a number in its name',
    Array.from({ length: 5 }, () => [20, 'part1.txt'] as const),
    ['0', '0', '100', '200', '400 part1.txt'],
  ],
  [
    'somebody who edits one file',
    [
      [2000, 'a'],
      [4000, 'a'],
      [1000, 'a'],
      [30_000, 'a'],
      [20_000, 'a'],
    ],
    ['0', '0', '0', '0', '0'],
  ],
  [
    'an edit of another file in between',
    [
      [20, 'log'],
      [20, 'log'],
      [20, 'a'],
      [20, 'log'],
      [20, 'log'],
    ],
    ['0', '0', '0', '0', '100'],
  ],
  [
    'an edit together with what is written',
    [
      [20, 'log'],
      [20, 'log', 'a'],
      [20, 'log'],
    ],
    ['0', '0', '0'],
  ],
  [
    'fewer files than before',
    [
      [20, 'one', 'two'],
      [20, 'one'],
    ],
    ['0', '0'],
  ],
] as const) {
  test(`what a program writes itself: ${what}`, () => {
    assert.deepEqual(verdicts(runs), wanted)
  })
}

test('a change more in the same run is said no more than once', () => {
  const clock = fakeClock()
  const { begin, changed } = selfWritten(clock)
  const news: (string | undefined)[] = []
  for (let run = 0; run < 6; run += 1) {
    begin()
    clock.pass(10)
    news.push(changed(['log']).news, changed(['log']).news)
  }
  assert.deepEqual(news.filter(Boolean), ['log'])
})
