/** Which changes count: for a standby, and for a running program. */
import type { Change } from '../../protocol/change.ts'
import type { ChildConfig } from '../../protocol/child-config.ts'
import { sendToParent } from '../../protocol/messages.ts'
import { SLOT } from '../../protocol/threads.ts'
import { type ChangeDetector, createChangeDetector } from '../../watch/change/detector.ts'
import { quietForApp } from '../../watch/change/quiet.ts'
import { createSyntaxCheck } from '../../watch/change/syntax-errors.ts'
import { SYSTEM_CLOCK } from '../../watch/clock.ts'
import { untilNextPoll } from '../../watch/events/polling.ts'
import type { Snapshot } from '../../watch/files/interface.ts'

interface Watched {
  readonly config: ChildConfig
  readonly files: Snapshot
  readonly lookAtPending: () => void
}

/** For a standby, which any difference in what it has read makes useless. */
export function detectForStandby(
  { config, files, lookAtPending }: Watched,
  flags: Int32Array,
): ChangeDetector {
  return createChangeDetector({
    files,
    quiet: quietForApp({ settle: config.watching.settle }),
    onDirty: (isDirty) => void Atomics.store(flags, SLOT.inDoubt, isDirty ? 1 : 0),
    lookAtPending,
    onChange: (changes) => sendToParent(config.toParentFd, { is: 'stale', changes }),
  })
}

/**
 * `afterChanges`: it was launched because of a change, and more of the same may come. `isEntry`: whether
 * nothing can start without this file.
 */
export function detectForApp(
  { config: { watching, toParentFd }, files, lookAtPending }: Watched,
  isEntry: (path: string) => boolean,
  afterChanges: boolean,
  onChange: (changes: readonly Change[]) => void,
): ChangeDetector {
  const syntax = createSyntaxCheck(
    {
      onSyntaxError: (error) => sendToParent(toParentFd, { is: 'syntax-error', ...error }),
      onGone: (path) => sendToParent(toParentFd, { is: 'gone', path }),
      onFixed: (path) => sendToParent(toParentFd, { is: 'fixed', path }),
    },
    SYSTEM_CLOCK,
    isEntry,
  )
  return createChangeDetector({
    files,
    quiet: quietForApp({
      settle: watching.settle,
      interval: untilNextPoll(watching.poll),
      afterChanges,
    }),
    ...(watching.syntaxCheck && { syntax }),
    repeats: watching.overlap,
    lookAtPending,
    onChange,
  })
}
