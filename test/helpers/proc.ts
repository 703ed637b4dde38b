/** What Linux tells about a process (proc(5)). */
import { readdirSync, readFileSync, statSync } from 'node:fs'

/** Processor time used so far, in clock ticks of 10 ms. */
export function ticksOf(pid: number): number {
  const [, , , , , , , , , , , user, system] = fieldsOf(pid)
  return Number(user) + Number(system)
}

export const stateOf = (pid: number): string => fieldsOf(pid)[0] as string
export const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
export const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length

/** What a process watches with inotify: a line each. */
export function watchesOf(pid: number): string[] {
  const lists = readdirSync(`/proc/${pid}/fdinfo`).map((fd) => textOf(`/proc/${pid}/fdinfo/${fd}`))
  return lists.join('\n').match(/^inotify wd:.*/gm) ?? []
}

/** Whether one of these lines is of this file or directory. */
export const isAmong = (watches: readonly string[], path: string): boolean =>
  watches.some((line) => line.includes(` ino:${statSync(path).ino.toString(16)} `))

/** The fields of `stat` behind the name, which may hold anything. */
function fieldsOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
}

/** All processes of a group that have not ended; youngest last. */
export const groupOf = (group: number): number[] =>
  pids().filter((pid) => {
    const [state, , of] = fieldsIfThere(pid)
    return Number(of) === group && state !== 'Z'
  })

/** The processes that were started with these words, next to each other, among their arguments. */
export const startedWith = (...words: readonly string[]): number[] =>
  pids().filter((pid) => `\0${textOf(`/proc/${pid}/cmdline`)}`.includes(`\0${words.join('\0')}\0`))

/** All that were started with this in their environment (`NAME=value`), wherever they have gone since. */
export const processesWith = (variable: string): number[] =>
  pids().filter((pid) => textOf(`/proc/${pid}/environ`).split('\0').includes(variable))

const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)

const fieldsIfThere = (pid: number): string[] =>
  textOf(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ') ?? []

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has ended, or closed it, in the meantime
  }
}
