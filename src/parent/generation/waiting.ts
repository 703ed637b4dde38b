/** What the user is told while a child takes long to end, as a pure function. */
import type { ForwardedSignal } from '../../protocol/signals.ts'
import { type ChildRules, type Effect, type LifeLine, log, timer } from './child-events.ts'

/** What in the app may act on `shouldRestart()`, as far as it is known. */
export type Heeds = 'unknown' | 'polls' | 'nothing'

interface Awaited {
  readonly startedAt: number
  readonly heeds: Heeds
  readonly asked: { readonly at: number } | null
  readonly userSignal: { readonly signal: ForwardedSignal; readonly at: number } | null
}

/** Time after which the first line says what is being waited for, and until it is rewritten on a terminal, in ms. */
const FIRST_LINE = 5000
const NEXT_LINE = 1000

/** The wait begins, or begins anew. */
export const wait = (): Effect => timer('waiting', FIRST_LINE)

/** It has not ended yet. Says once that nothing in the app is going to end it, if that is known. */
export function stillWaiting(
  child: Awaited,
  { isTerminal }: Pick<ChildRules, 'isTerminal'>,
): readonly [Heeds, readonly Effect[]] {
  const again = isTerminal ? [timer('waiting', NEXT_LINE)] : []
  const line = lineAbout(child)
  if (child.heeds === 'nothing' && line.after === 'restart')
    return ['unknown', [log({ is: 'unheeded' }), log(line), ...again]]
  return [child.heeds, [log(line), ...again]]
}

function lineAbout({ asked, userSignal, startedAt }: Awaited): LifeLine & { is: 'waiting' } {
  const isForSignal = userSignal !== null && userSignal.at >= (asked?.at ?? 0)
  return isForSignal
    ? { is: 'waiting', after: userSignal.signal, since: userSignal.at }
    : { is: 'waiting', after: 'restart', since: asked?.at ?? startedAt }
}
