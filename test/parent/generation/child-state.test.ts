/** The life of one child: every transition as a row, and every sequence of events up to a length. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasBooted } from '../../../src/parent/generation/boot-state.ts'
import type { ChildEvent, ChildRules, Effect, Timer } from '../../../src/parent/generation/child-events.ts'
import type { ChildState } from '../../../src/parent/generation/child-phases.ts'
import { born, step } from '../../../src/parent/generation/child-state.ts'
import { endSignal, nextStep } from '../../../src/parent/loop.ts'
import type { Exit } from '../../../src/protocol/exit.ts'
import type { ChildMessage } from '../../../src/protocol/messages.ts'
import { FORWARDED } from '../../../src/protocol/signals.ts'

const RULES: ChildRules = {
  mode: 'app',
  overlap: false,
  stopTimeout: Infinity,
  stopSignal: 'SIGTERM',
  passedOn: FORWARDED,
  killTimeout: 5000,
  signalTimeout: Infinity,
  goneTimeout: Infinity,
  startLimit: 3000,
  isTerminal: false,
}
const TERMINAL: ChildRules = { ...RULES, isTerminal: true }
const PROGRAM: ChildRules = { ...RULES, mode: 'program' }
/** The console sends Ctrl-C to each process. */
const WINDOWS: ChildRules = { ...RULES, passedOn: ['SIGTERM'] }
const EMBEDDED: ChildRules = { ...RULES, mode: 'embedded', stopSignal: 'SIGINT', goneTimeout: 1000 }

const message = (message: ChildMessage): ChildEvent => ({ is: 'message', message })
const timer = (timer: Timer): ChildEvent => ({ is: 'timer', timer })
const signal = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT'): ChildEvent => ({ is: 'signal', signal })
const deliver = (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'SIGQUIT'): ChildEvent => ({
  is: 'deliver',
  signal,
})
const exit = (code: number): ChildEvent => ({ is: 'exit', exit: { code, signal: null } })
const killed = (signal: NodeJS.Signals): ChildEvent => ({ is: 'exit', exit: { code: null, signal } })

const STARTED = message({ is: 'started' })
const REQUESTED: ChildEvent = {
  is: 'restart',
  reason: { is: 'requested', by: 'user', text: 'SIGUSR2' },
}
const POLLS = message({ is: 'polls' })
const UNHEEDED = message({ is: 'unheeded' })
const CHANGED = {
  is: 'changed' as const,
  changes: [{ type: 'modified' as const, path: '/app.js' }],
}
const OUTDATED = message({ is: 'outdated', reason: CHANGED })
const LISTENS = message({ is: 'listens', signal: 'SIGINT', on: true })
const SIGNALLED = message({ is: 'signalled', signal: 'SIGINT' })
const PONG = message({ is: 'pong', about: 'SIGINT' })
/** Its watcher thread has ended. */
const FAILED = message({ is: 'failed', message: '' })
const BOOT_PONG = message({ is: 'pong', about: 'boot' })
const IDLE_PONG = message({ is: 'pong', about: 'idle' })

/** An event, and how many ms after the one before it; 10 if nothing is said. */
type Timed = ChildEvent | readonly [ms: number, event: ChildEvent]

function run(rules: ChildRules, events: readonly Timed[]): { state: ChildState; effects: Effect[] } {
  let at = 0
  let [state, effects]: [ChildState, readonly Effect[]] = [...born(rules, at)]
  const all = [...effects]
  for (const timed of events) {
    const [ms, event] = 'is' in timed ? [10, timed] : timed
    at += ms
    ;[state, effects] = step(state, event, at, rules)
    all.push(...effects)
  }
  return { state, effects: all }
}

/** The effects that others can see, as words; timers and pings for the boot are left out. */
const seen = (effects: readonly Effect[]): string[] =>
  effects.flatMap((effect): string[] => {
    if (effect.do === 'kill') return [`kill ${effect.signal}`]
    if (effect.do === 'tell') return [effect.what]
    if (effect.do === 'log') return [`log ${effect.line.is}`]
    if (effect.do === 'post' && effect.message.is === 'ping')
      return effect.message.about === 'boot' ? [] : [`ping ${effect.message.about}`]
    return effect.do === 'post' ? [`post ${effect.message.is}`] : []
  })

const ROWS: readonly (readonly [
  what: string,
  rules: ChildRules,
  events: readonly Timed[],
  state: ChildState['is'],
  effects: readonly string[],
])[] = [
  ['begins', RULES, [STARTED], 'running', ['started']],
  [
    'a standby that is outdated does not begin',
    RULES,
    [message({ is: 'stale', changes: [] })],
    'starting',
    ['not started'],
  ],
  ['one that says nothing is given up', RULES, [[3000, timer('start')]], 'starting', ['not started']],
  ['ends before it begins', RULES, [exit(1)], 'ended', ['not started']],
  ['polls: it has booted', RULES, [STARTED, POLLS], 'running', ['started', 'idle']],
  [
    'answers promptly: it is idle',
    RULES,
    [STARTED, [100, timer('ping')], BOOT_PONG],
    'running',
    ['started', 'idle'],
  ],
  [
    'answers that it is idle amid its imports: it may not have booted',
    RULES,
    [STARTED, IDLE_PONG, [100, timer('ping')], IDLE_PONG],
    'running',
    ['started'],
  ],
  [
    'answers late: it is busy, and pinged again',
    RULES,
    [STARTED, timer('ping'), [500, BOOT_PONG]],
    'running',
    ['started'],
  ],
  [
    'is never idle: nobody waits longer',
    RULES,
    [STARTED, timer('ping'), timer('boot')],
    'running',
    ['started', 'idle'],
  ],
  ['is asked', RULES, [STARTED, OUTDATED], 'asked', ['started', 'log asked']],
  ['is asked before its first message is heard', RULES, [OUTDATED], 'asked', ['started', 'log asked']],
  [
    'asked twice: one time limit',
    RULES,
    [STARTED, OUTDATED, OUTDATED],
    'asked',
    ['started', 'log asked', 'log asked'],
  ],
  [
    'asked, and takes its time',
    RULES,
    [STARTED, OUTDATED, [5000, timer('waiting')]],
    'asked',
    ['started', 'log asked', 'log waiting'],
  ],
  [
    'asked, and nothing in it heeds that: one line says so',
    TERMINAL,
    [STARTED, UNHEEDED, OUTDATED, [5000, timer('waiting')], [1000, timer('waiting')]],
    'asked',
    ['started', 'log asked', 'log unheeded', 'log waiting', 'log waiting'],
  ],
  [
    'asked, with no listener for it, but polls: it may be late',
    RULES,
    [STARTED, POLLS, UNHEEDED, OUTDATED, [5000, timer('waiting')]],
    'asked',
    ['started', 'idle', 'log asked', 'log waiting'],
  ],
  [
    'stopTimeout, then killTimeout',
    { ...RULES, stopTimeout: 50 },
    [STARTED, OUTDATED, [50, timer('stop')], [5000, timer('kill')], killed('SIGKILL')],
    'ended',
    ['started', 'log asked', 'log stop limit', 'kill SIGTERM', 'log kill limit', 'kill SIGKILL'],
  ],
  [
    'a program that cannot be asked',
    PROGRAM,
    [STARTED, OUTDATED],
    'stopping',
    ['started', 'log asked', 'kill SIGTERM'],
  ],
  [
    'one that turns out to cooperate',
    PROGRAM,
    [message({ is: 'cooperates' }), STARTED, OUTDATED],
    'asked',
    ['started', 'log asked'],
  ],
  [
    'a second change while it is being ended',
    PROGRAM,
    [STARTED, OUTDATED, OUTDATED],
    'stopping',
    ['started', 'log asked', 'kill SIGTERM', 'log asked'],
  ],
  [
    'what a program saves while Ctrl-C ends it does not end it faster',
    PROGRAM,
    [STARTED, signal('SIGINT'), deliver('SIGINT'), OUTDATED],
    'running',
    ['started', 'kill SIGINT'],
  ],
  [
    '… unless it goes on for five seconds',
    PROGRAM,
    [STARTED, signal('SIGINT'), OUTDATED, [5000, timer('held-back')]],
    'stopping',
    ['started', 'log asked', 'kill SIGTERM'],
  ],
  [
    '… never after SIGTERM',
    PROGRAM,
    [STARTED, signal('SIGTERM'), OUTDATED],
    'running',
    ['started', 'post terminated'],
  ],
  [
    'Ctrl-C, nobody listens',
    RULES,
    [STARTED, signal('SIGINT'), deliver('SIGINT')],
    'running',
    ['started', 'kill SIGINT'],
  ],
  [
    'Ctrl-C that the app got by itself, before',
    RULES,
    [STARTED, LISTENS, SIGNALLED, signal('SIGINT'), deliver('SIGINT'), PONG],
    'running',
    ['started'],
  ],
  [
    '… and after it reached the parent',
    RULES,
    [STARTED, LISTENS, signal('SIGINT'), deliver('SIGINT'), SIGNALLED, PONG],
    'running',
    ['started', 'ping SIGINT'],
  ],
  [
    'a signal to the parent alone: the listener has not run when the ping is answered',
    RULES,
    [STARTED, LISTENS, signal('SIGINT'), deliver('SIGINT'), PONG, PONG],
    'running',
    ['started', 'ping SIGINT', 'kill SIGINT'],
  ],
  [
    'its thread has ended: a signal that it cannot be asked about is passed on',
    RULES,
    [STARTED, LISTENS, FAILED, signal('SIGINT'), deliver('SIGINT'), PONG],
    'running',
    ['started', 'kill SIGINT'],
  ],
  [
    '… also one that it was asked about before',
    RULES,
    [STARTED, LISTENS, signal('SIGINT'), deliver('SIGINT'), FAILED, PONG],
    'running',
    ['started', 'ping SIGINT', 'kill SIGINT'],
  ],
  [
    'one Ctrl-C that came twice',
    RULES,
    [STARTED, signal('SIGINT'), [200, signal('SIGINT')]],
    'running',
    ['started'],
  ],
  [
    'the second Ctrl-C',
    RULES,
    [STARTED, signal('SIGINT'), [300, signal('SIGINT')]],
    'killed',
    ['started', 'kill SIGKILL'],
  ],
  [
    'SIGTERM twice is one',
    RULES,
    [STARTED, signal('SIGTERM'), [2000, signal('SIGTERM')]],
    'running',
    ['started', 'post terminated'],
  ],
  [
    'SIGHUP again after a while counts again',
    RULES,
    [STARTED, signal('SIGHUP'), deliver('SIGHUP'), [2000, signal('SIGHUP')], deliver('SIGHUP')],
    'running',
    ['started', 'kill SIGHUP', 'kill SIGHUP'],
  ],
  [
    'killTimeout, if it was given, limits the shutdown after a signal',
    { ...RULES, signalTimeout: 5000 },
    [STARTED, signal('SIGINT'), [5000, timer('kill')]],
    'killed',
    ['started', 'log kill limit', 'kill SIGKILL'],
  ],
  [
    'a signal while a standby is launched: it is not given up',
    RULES,
    [signal('SIGINT')],
    'starting',
    ['kept'],
  ],
  [
    'on Windows, Ctrl-C: the console has sent it',
    WINDOWS,
    [STARTED, LISTENS, signal('SIGINT'), deliver('SIGINT'), PONG],
    'running',
    ['started'],
  ],
  [
    'on Windows, a second Ctrl-C',
    WINDOWS,
    [STARTED, signal('SIGINT'), deliver('SIGINT'), [300, signal('SIGINT')]],
    'killed',
    ['started', 'kill SIGKILL'],
  ],
  [
    'on Windows, the parent ends',
    WINDOWS,
    [STARTED, signal('SIGTERM'), deliver('SIGTERM')],
    'running',
    ['started', 'post terminated', 'kill SIGTERM'],
  ],
  [
    'embedded, on Windows: Ctrl-C, and too late',
    { ...EMBEDDED, passedOn: ['SIGTERM'] },
    [STARTED, signal('SIGINT'), [5000, timer('kill')]],
    'killed',
    ['started', 'log kill limit', 'kill SIGKILL'],
  ],
  [
    'embedded: a signal ends it as a change does',
    EMBEDDED,
    [STARTED, signal('SIGTERM')],
    'stopping',
    ['started', 'kill SIGINT'],
  ],
  [
    'embedded: SIGKILL has no effect either',
    EMBEDDED,
    [STARTED, OUTDATED, [5000, timer('kill')], [1000, timer('gone')]],
    'killed',
    ['started', 'log asked', 'kill SIGINT', 'log kill limit', 'kill SIGKILL', 'unkillable'],
  ],
  [
    'overlap: it is outdated, and stays',
    { ...RULES, overlap: true },
    [STARTED, OUTDATED],
    'running',
    ['started', 'outdated'],
  ],
  [
    'overlap: it serves',
    { ...RULES, overlap: true },
    [STARTED, message({ is: 'ready' })],
    'running',
    ['started', 'ready'],
  ],
  [
    'overlap: the next one serves',
    { ...RULES, overlap: true },
    [STARTED, { is: 'retire', reason: CHANGED }],
    'asked',
    ['started', 'post retire', 'log asked'],
  ],
  [
    'overlap: it is outrun',
    { ...RULES, overlap: true },
    [STARTED, { is: 'stop', cause: 'replaced' }],
    'stopping',
    ['started', 'kill SIGTERM'],
  ],
  [
    'it cannot be watched any more',
    RULES,
    [STARTED, { is: 'stop', cause: 'failure' }],
    'stopping',
    ['started', 'kill SIGTERM'],
  ],
  [
    'after its end nothing is sent',
    RULES,
    [STARTED, exit(0), OUTDATED, signal('SIGINT'), deliver('SIGINT'), timer('kill')],
    'ended',
    ['started'],
  ],
]

for (const [what, rules, events, state, effects] of ROWS)
  test(`a child: ${what}`, () => {
    const end = run(rules, events)
    assert.equal(end.state.is, state)
    assert.deepEqual(seen(end.effects), effects)
  })

for (const one of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
  test(`a child: ${one} twice at once, and again 200 ms later, is sent on once`, () => {
    const events = [STARTED, signal(one), deliver(one), [0, signal(one)], [200, signal(one)]] as const
    const { state, effects } = run(RULES, events)
    assert.equal(state.is, 'running')
    assert.deepEqual(
      effects.filter((effect) => effect.do === 'kill' || effect.do === 'deliver'),
      [
        { do: 'deliver', signal: one },
        { do: 'kill', signal: one },
      ],
    )
  })

test('the parent decides by the end of a child', () => {
  const decide = (rules: ChildRules, events: readonly Timed[], more: object = {}, before?: Exit) => {
    const { state } = run(rules, events)
    assert.ok(state.is === 'ended')
    const settings = { mode: rules.mode, onCrash: 'exit', onExit: 'exit', ...more } as const
    return nextStep(state, endSignal(state), settings, before)
  }
  const withCode = (code: number): Exit => ({ code, signal: null })
  const rows: [string, string][] = [
    ['75', decide(RULES, [STARTED, OUTDATED, exit(75)])],
    ['75 without a change', decide(RULES, [STARTED, exit(75)])],
    ['75 of a function in a process of its own', decide(EMBEDDED, [STARTED, exit(75)])],
    ['0', decide(RULES, [STARTED, exit(0)])],
    ['0, onExit', decide(RULES, [STARTED, exit(0)], { onExit: 'wait' })],
    ['1, onCrash', decide(RULES, [STARTED, POLLS, exit(1)], { onCrash: 'wait' })],
    ['outdated, but 1', decide(RULES, [STARTED, POLLS, OUTDATED, exit(1)])],
    ['crash at boot on a half-written file', decide(RULES, [STARTED, OUTDATED, exit(1)])],
    ['crash at boot, before SIGUSR2 was read', decide(RULES, [STARTED, REQUESTED, exit(1)])],
    ['SIGUSR2, but 1', decide(RULES, [STARTED, POLLS, REQUESTED, exit(1)])],
    ['SIGUSR2, but 1, onCrash', decide(RULES, [STARTED, POLLS, REQUESTED, exit(1)], { onCrash: 'wait' })],
    ['0 at the first boot', decide(RULES, [STARTED, OUTDATED, exit(0)])],
    ['0 at boot, on an empty file', decide(RULES, [STARTED, OUTDATED, exit(0)], {}, withCode(75))],
    ['0 at boot, again', decide(RULES, [STARTED, OUTDATED, exit(0)], {}, withCode(0))],
    ['0 after the boot', decide(RULES, [STARTED, POLLS, OUTDATED, exit(0)], {}, withCode(75))],
    [
      'time limit',
      decide({ ...RULES, stopTimeout: 5 }, [STARTED, OUTDATED, timer('stop'), killed('SIGTERM')]),
    ],
    ['a program', decide(PROGRAM, [STARTED, OUTDATED, exit(0)])],
    ['Ctrl-C', decide(RULES, [STARTED, signal('SIGINT'), killed('SIGINT')], { onCrash: 'wait' })],
    ['Ctrl-C, survived, then an edit', decide(RULES, [STARTED, signal('SIGINT'), [300, OUTDATED], exit(75)])],
    ['Ctrl-C and an edit at once', decide(RULES, [STARTED, signal('SIGINT'), OUTDATED, exit(75)])],
    ['an edit, then Ctrl-C', decide(RULES, [STARTED, OUTDATED, signal('SIGINT'), exit(75)])],
    ['SIGTERM, then an edit', decide(RULES, [STARTED, signal('SIGTERM'), OUTDATED, exit(75)])],
    [
      'Ctrl-C, then an edit, ended by it',
      decide(RULES, [STARTED, signal('SIGINT'), OUTDATED, killed('SIGINT')]),
    ],
    ['Ctrl-C, then an edit, 130', decide(RULES, [STARTED, signal('SIGINT'), OUTDATED, exit(130)])],
    [
      'Ctrl-C on Windows',
      decide(WINDOWS, [STARTED, signal('SIGINT'), exit(0xc000013a)], { onCrash: 'wait' }),
    ],
    ['runProcess: Ctrl-C', decide(EMBEDDED, [STARTED, signal('SIGINT'), [6000, OUTDATED], exit(0)])],
  ]
  assert.deepEqual(Object.fromEntries(rows), {
    '75': 'restart',
    '75 without a change': 'restart',
    '75 of a function in a process of its own': 'end',
    '0': 'end',
    '0, onExit': 'wait',
    '1, onCrash': 'wait',
    'outdated, but 1': 'end',
    'crash at boot on a half-written file': 'restart',
    'crash at boot, before SIGUSR2 was read': 'restart',
    'SIGUSR2, but 1': 'end',
    'SIGUSR2, but 1, onCrash': 'restart',
    '0 at the first boot': 'end',
    '0 at boot, on an empty file': 'restart',
    '0 at boot, again': 'end',
    '0 after the boot': 'end',
    'time limit': 'restart',
    'a program': 'restart',
    'Ctrl-C': 'end',
    'Ctrl-C, survived, then an edit': 'restart',
    'Ctrl-C and an edit at once': 'end',
    'an edit, then Ctrl-C': 'end',
    'SIGTERM, then an edit': 'end',
    'Ctrl-C, then an edit, ended by it': 'end',
    'Ctrl-C, then an edit, 130': 'end',
    'Ctrl-C on Windows': 'end',
    'runProcess: Ctrl-C': 'end',
  })
})

/** All that can happen to a child; `deliver` and timers are in it where an effect has asked for them. */
const ALPHABET: readonly ChildEvent[] = [
  STARTED,
  message({ is: 'stale', changes: [] }),
  message({ is: 'cooperates' }),
  POLLS,
  BOOT_PONG,
  IDLE_PONG,
  OUTDATED,
  LISTENS,
  message({ is: 'listens', signal: 'SIGINT', on: false }),
  SIGNALLED,
  PONG,
  FAILED,
  signal('SIGINT'),
  signal('SIGTERM'),
  { is: 'stop', cause: 'replaced' },
  { is: 'retire', reason: CHANGED },
  { is: 'restart', reason: CHANGED },
  exit(75),
  exit(1),
]

/** A world that is walked: the child, what is due, and what has been sent because of each signal. */
interface World {
  readonly state: ChildState
  readonly at: number
  readonly timers: ReadonlySet<Timer>
  readonly due: readonly ('SIGINT' | 'SIGTERM')[]
  /** How often a signal has arrived, and how often it has been passed on. */
  readonly arrived: number
  readonly passedOn: number
}

const PHASES: readonly ChildState['is'][] = ['starting', 'running', 'asked', 'stopping', 'killed', 'ended']

/** Takes some seconds. */
const LENGTH = 5

test('every sequence of events keeps the rules', () => {
  for (const rules of [
    RULES,
    { ...PROGRAM, stopTimeout: 100 },
    EMBEDDED,
    { ...RULES, overlap: true, signalTimeout: 100 },
  ]) {
    let worlds = new Map<string, World>([['', firstWorld(rules)]])
    let walked = 0
    for (let length = 1; length <= LENGTH; length += 1) {
      const next = new Map<string, World>()
      for (const world of worlds.values()) {
        for (const [ms, event] of eventsIn(world)) {
          const after = happens(world, event, ms, rules)
          walked += 1
          next.set(keyOf(after), after)
        }
      }
      worlds = next
    }
    assert.ok(walked > 30_000, `only ${walked} steps`)
  }
})

function firstWorld(rules: ChildRules): World {
  const [state, effects] = born(rules, 0)
  const empty = { state, at: 0, timers: new Set<Timer>(), due: [], arrived: 0, passedOn: 0 }
  return { ...empty, timers: timersAfter(empty.timers, effects) }
}

/** Each at once, and signals also after longer than a key is held down. */
function* eventsIn(world: World): Generator<readonly [ms: number, event: ChildEvent]> {
  for (const event of ALPHABET) yield [1, event]
  if (world.arrived > 0) yield [400, signal('SIGINT')]
  for (const one of world.timers) yield [100, timer(one)]
  for (const one of new Set(world.due)) yield [1, deliver(one)]
}

function happens(world: World, event: ChildEvent, ms: number, rules: ChildRules): World {
  const at = world.at + ms
  const timers = new Set(world.timers)
  if (event.is === 'timer') timers.delete(event.timer)
  const [state, effects] = step(world.state, event, at, rules)

  const kills = effects.filter((effect) => effect.do === 'kill')
  const holds = (rule: string, isTrue: boolean) => {
    if (!isTrue)
      assert.fail(`${rule}: ${JSON.stringify({ rules, before: world.state, event, state, effects })}`)
  }
  const [before, now] = [world.state.is, state.is]
  holds(
    'after the end nothing happens',
    before !== 'ended' || (state === world.state && effects.length === 0),
  )
  holds(
    "the end is the child's",
    event.is !== 'exit' || before === 'ended' || (state.is === 'ended' && state.exit === event.exit),
  )
  holds('nothing is sent to a child that is gone', event.is !== 'exit' || kills.length === 0)
  holds('one signal for one event', kills.length <= 1)
  holds(
    'what is stopped is killed in the end',
    now !== 'stopping' || before === now || timersAfter(new Set(), effects).has('kill'),
  )
  holds(
    'phases only go forward',
    PHASES.indexOf(now) >= PHASES.indexOf(before) || (before === 'starting' && now === 'running'),
  )
  holds(
    'an end changes nothing that was known',
    now !== 'ended' || hasBooted(state.boot) === hasBooted(world.state.boot),
  )
  const isEndedForChange =
    state.is === 'stopping' && before !== now && state.cooperates && state.cause === 'restart'
  holds(
    'an app that asks is ended by a limit alone',
    !isEndedForChange || (event.is === 'timer' && event.timer === 'stop'),
  )

  const isPassedOn =
    event.is === 'deliver' || (event.is === 'message' && ['pong', 'failed'].includes(event.message.is))
  const arrived = world.arrived + (event.is === 'signal' && before !== 'ended' ? 1 : 0)
  const passedOn = world.passedOn + (isPassedOn ? kills.length : 0)
  holds('each signal is passed on at most once', passedOn <= arrived)
  const asked = effects.flatMap((effect) => (effect.do === 'deliver' ? [effect.signal as 'SIGINT'] : []))
  const due = event.is === 'deliver' ? without(world.due, event.signal as 'SIGINT') : world.due
  return {
    state,
    at,
    timers: state.is === 'ended' ? new Set() : timersAfter(timers, effects),
    due: [...due, ...asked],
    arrived,
    passedOn,
  }
}

function timersAfter(timers: ReadonlySet<Timer>, effects: readonly Effect[]): Set<Timer> {
  const all = new Set(timers)
  for (const effect of effects) {
    if (effect.do === 'timer' && effect.ms < 2 ** 31) all.add(effect.timer)
    if (effect.do === 'cancel') all.delete(effect.timer)
  }
  return all
}

function without<T>(list: readonly T[], item: T): T[] {
  const at = list.indexOf(item)
  return list.filter((_one, index) => index !== at)
}

/** Worlds that differ only in the clock, and by no limit of it, are one. */
const LIMITS = [20, 250, 1000, 5000]
function keyOf({ state, at, timers, due, arrived, passedOn }: World): string {
  const since = JSON.stringify(state, (key, value) =>
    key === 'at' || key === 'startedAt' || key === 'endedAt'
      ? LIMITS.findIndex((limit) => at - value < limit)
      : value,
  )
  return `${since} ${[...timers].sort()} ${due} ${arrived - passedOn}`
}
