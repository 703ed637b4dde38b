/** What is said about mistakes in the use of exit75: the decisions. That they are said: test/mistakes.test.ts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mistake } from '../../../src/app/misplaced.ts'
import type { Ended } from '../../../src/parent/generation/child-phases.ts'
import { mistakeAtEnd, ownerOfPort } from '../../../src/parent/generation/mistakes.ts'
import type { Reason } from '../../../src/protocol/change.ts'
import { restarterIn } from '../../../src/system/restarters.ts'

const EDIT: Reason = { is: 'changed', changes: [{ type: 'modified', path: '/app.js' }] }
const END: Ended = {
  is: 'ended',
  exit: { code: 0, signal: null },
  startedAt: 0,
  endedAt: 9000,
  cooperates: true,
  boot: { is: 'booted', at: 0 },
  asked: null,
  userSignal: null,
  stopped: null,
}
const ASKED = { asked: { reason: EDIT, at: 8000 } }
const FAILED = { exit: { code: 1, signal: null } } as const
const AT_BOOT = { boot: { is: 'loading' }, endedAt: 50 } as const
const APP = { mode: 'app', onCrash: 'exit' } as const
const CASES: [
  what: string,
  end: Partial<Ended>,
  said: RegExp | undefined,
  settings?: object,
  cause?: Reason,
][] = [
  ['an end', {}, undefined],
  ['a crash', FAILED, undefined],
  ['75', { ...ASKED, exit: { code: 75, signal: null } }, undefined],
  ['asked, and 0', ASKED, /^\/app\.js changed, but the app ended with 0, .* process\.exit\(75\)$/],
  ['asked, and 1', { ...ASKED, ...FAILED }, /ended with 1, which does not restart it/],
  ['asked, and 0, under the command', ASKED, /ended with 0/, { mode: 'program' }],
  ['asked while it boots', { ...ASKED, boot: { is: 'loading' } }, undefined],
  ['asked, and killed', { ...ASKED, exit: { code: null, signal: 'SIGKILL' } }, undefined],
  ['ended by the parent', { ...ASKED, stopped: 'restart' }, undefined],
  ['one that cannot be asked', { ...ASKED, cooperates: false }, undefined],
  ['runProcess', ASKED, undefined, { mode: 'embedded' }],
  [
    'a crash at boot after an edit',
    { ...FAILED, ...AT_BOOT },
    /the new code ended with 1 .* onCrash: 'wait'/,
  ],
  ['a crash soon after it', { ...FAILED, endedAt: 1500 }, /the new code ended with 1/],
  ['the same by a signal', { exit: { code: null, signal: 'SIGSEGV' }, ...AT_BOOT }, /ended with SIGSEGV/],
  ['the first start', { ...FAILED, ...AT_BOOT }, undefined, {}, { is: 'changed', changes: [] }],
  ['a restart on demand', { ...FAILED, ...AT_BOOT }, undefined, {}, { is: 'requested', by: 'app', text: '' }],
  ['what waits', { ...FAILED, ...AT_BOOT }, undefined, { onCrash: 'wait' }],
  ['who asked for it', { ...FAILED, ...AT_BOOT }, undefined, { mode: 'program' }],
]
for (const [what, end, said, settings = {}, cause = EDIT] of CASES)
  test(`after ${what}: ${said?.source ?? 'not a word'}`, () => {
    const text = mistakeAtEnd({ ...END, ...end }, cause, { ...APP, ...settings })
    if (said === undefined) assert.equal(text, undefined)
    else assert.match(text ?? '', said)
  })

for (const [listen, own, mode, said] of [
  [[], [], 'app', undefined],
  [[], [3000], 'app', /the entry runs there as well · listen in main\(\)/],
  [[], [3000], 'program', undefined],
  [[], [4000], 'app', undefined],
  [[3000], [], 'app', /the parent holds port 3000 .*listenOn\(3000\)/],
  [[{ port: 3000, host: '::1' }, 'app.sock'], [], 'program', /the parent holds port 3000/],
  [[3001], [], 'app', undefined],
] as const)
  test(`port 3000 is in use, held are ${JSON.stringify(listen)}, the parent's own ${own}: ${said ?? 'not its doing'}`, () => {
    const text = ownerOfPort(3000, { listen, mode }, own)
    if (said === undefined) assert.equal(text, undefined)
    else assert.match(text ?? '', said)
  })

for (const [name, launch, polls, said] of [
  ['shouldRestart', undefined, 1, undefined],
  ['shouldRestart', undefined, 2, /^shouldRestart\(\) is polled, but launchChild\(\) was not called/],
  ['onRestart', undefined, 0, undefined],
  ['onRestart', 'runs', 0, /^onRestart\(\) was called in the parent, too/],
  ['shouldRestart', 'runs', 1, /^shouldRestart\(\) was called in the parent, too/],
  ['shouldRestart', 'over', 9, undefined],
] as const)
  test(`${name}() in the parent, launchChild() ${launch}, ${polls} polls: ${said ?? 'not a word'}`, () => {
    const text = mistake(name, launch, polls)
    if (said === undefined) assert.equal(text, undefined)
    else assert.match(text ?? '', said)
  })

for (const [line, name] of [
  ['node /app/node_modules/.bin/nodemon app.js', 'nodemon'],
  ['/usr/bin/node --no-warnings /app/node_modules/nodemon/bin/nodemon.js app.js', 'nodemon'],
  ['node /app/node_modules/.bin/node-dev app.js', 'node-dev'],
  ['node /app/node_modules/.bin/ts-node-dev --respawn app.ts', 'ts-node-dev'],
  ['node /app/node_modules/.bin/supervisor app.js', 'supervisor'],
  ['watchexec -r -- node app.js', 'watchexec'],
  ['node supervisor.js app.js', undefined],
  ['node /app/node_modules/.bin/tsx watch app.ts', 'tsx watch'],
  ['node /app/node_modules/tsx/dist/cli.mjs watch app.ts', 'tsx watch'],
  ['node /app/node_modules/.bin/tsx app.ts', undefined],
  ['node /app/node_modules/.bin/exit75 npm run dev', 'exit75'],
  ['node /app/node_modules/exit75/dist/cli.cjs npm run dev', 'exit75'],
  ['bash', undefined],
  ['vim nodemon.json', undefined],
] as const)
  test(`started by ${line}: ${name ?? 'no restarter'}`, () =>
    assert.equal(restarterIn(line.split(' '))?.name, name))
