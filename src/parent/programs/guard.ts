/**
 * Ends a command when this process dies in any way: a shell waits for the end of its standard input. It
 * is started before the first command and told of each: so no command ever runs without it.
 */
import type { ChildProcess } from 'node:child_process'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Settings } from '../../options/options.ts'
import { ownFile } from '../../system/own-files.ts'
import { HAS_GROUPS } from './process-group.ts'
import { startProcess } from './start-process.ts'

export interface Guard {
  /** Call right before the start of a command: if this process dies meanwhile, the shell looks for it. */
  readonly expect: () => void
  /** Call right after the start of a command, with the group that it leads. */
  readonly watch: (group: number) => void
  /** Call when nothing of the group is left. */
  readonly release: () => void
  /** Resolves when the shell is gone. If a group is still watched, the shell is left to end it. */
  readonly dismiss: () => Promise<void>
}

/** Number of times a killed shell is started: after that, the kills are deliberate. */
const MOST_STARTS = 10

/** The command gets the signal, and SIGKILL after that time, as from the parent. */
export function startGuard({ signal, killTimeout }: Pick<Settings, 'signal' | 'killTimeout'>): Guard {
  if (!HAS_GROUPS) return { expect: () => {}, watch: () => {}, release: () => {}, dismiss: async () => {} }
  const ending = [process.execPath, '-e', END, fileURLToPath(ownFile('parent.cjs', 'launchChild()'))]
  const seconds = Number.isFinite(killTimeout) ? String(Math.ceil(killTimeout / 1000)) : ''
  let watched: Word = 'none'
  let isDismissed = false
  let starts = 0
  let shell = start()
  const tell = (word: Word) => {
    watched = word
    shell.tell(word)
  }
  return {
    expect() {
      if (shell.process.pid === undefined) shell = start() // it could not be started
      tell('next')
    },
    watch: tell,
    release: () => tell('none'),
    async dismiss() {
      isDismissed = true
      shell.process.ref()
      shell.end()
      if (watched === 'none') await shell.gone
      else shell.process.unref()
    },
  }

  function start() {
    starts += 1
    // The pid of this process is for those who look at the process table.
    const process = startProcess(
      '/bin/sh',
      [
        '-c',
        SCRIPT,
        NAME,
        String(globalThis.process.pid),
        seconds,
        String(watched),
        signal.slice('SIG'.length),
        ...ending,
        signal,
        String(killTimeout),
      ],
      {
        stdio: ['pipe', 'ignore', 'ignore'],
        detached: true, // so that Ctrl-C does not reach it
        env: { ...globalThis.process.env, NODE_OPTIONS: '' }, // for the Node that it starts in the end
      },
    )
    const gone = goneOf(process, () => {
      if (isDismissed || starts >= MOST_STARTS) return
      shell = start()
    })
    // Undefined without a shell: then there is no guard.
    const input = process.stdin as (Writable & { unref?: () => void }) | null | undefined
    input?.on('error', () => {})
    input?.unref?.()
    process.unref()
    return {
      process,
      gone,
      tell: (word: Word) => input?.write(`${word}\n`),
      end: () => input?.end(),
    }
  }
}

/** Resolves when a process is gone. `onEnd` is called if it had been started. */
function goneOf(process: ChildProcess, onEnd: () => void): Promise<void> {
  return new Promise((resolve) => {
    process.on('error', () => resolve())
    process.on('close', () => {
      resolve()
      if (process.pid !== undefined) onEnd()
    })
  })
}

const NAME = 'exit75-watchdog'

/** Does what this process would have done. Its arguments: where the parent's code is, signal, killTimeout, group. */
const END = 'const [, file, ...how] = process.argv; require(file).endCommand(...how)'

/** The last one counts: a group, or `next`: one that is being started. */
type Word = number | 'next' | 'none'

/**
 * A group whose number the parent could no longer send is recognized by this: a session of its own, younger than
 * a minute, with the variable of a command, and an orphan like the shell itself.
 */
const SCRIPT = `
  group=$3 # what is watched already: the parent may die before it can write that
  while read -r word; do group=$word; done
  if [ "$group" = next ]; then
    group=
    read -r now rest < /proc/uptime || exit
    reaper=$1 # whose end closes the pipe a moment before its children become orphans
    while [ $reaper = $1 ] && read -r own < /proc/$$/stat; do
      reaper=$(set -- \${own##*) }; echo $2)
    done
    for stat in /proc/[0-9]*/stat; do
      read -r line < $stat || continue
      pid=\${line%% *}
      found=$(set -- \${line##*) }
        [ $2 = $reaper ] && [ $4 = $pid ] && [ $pid != $$ ] &&
        [ $((\${now%.*} - \${20} / 100)) -le 60 ] && echo yes)
      [ "$found" ] && grep -qz '^EXIT75_CHANGES=' /proc/$pid/environ && group=$pid
    done
  fi
  case $group in ''|none) exit ;; esac
  cd /
  seconds=$2
  signal=$4
  shift 4
  "$@" $group && exit
  # There is no such Node any more, or no memory for it: all of the group at once.
  kill -$signal -$group
  while [ "$seconds" ] && [ $seconds -gt 0 ] && kill -0 -$group; do sleep 1; seconds=$((seconds - 1)); done
  [ "$seconds" ] && kill -KILL -$group`
