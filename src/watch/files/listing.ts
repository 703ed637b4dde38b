/** The names in a directory, in place of a stamp: its times change with each save that replaces a file. */
import { readdirSync } from 'node:fs'
import type { StampedFile } from '../../protocol/change.ts'
import { stampOf } from './stamp.ts'

const NAMES = 'names '

export const isListing = (stamp: string): boolean => stamp.startsWith(NAMES)

/** Returns a directory with the names in it; with none if it cannot be listed. */
export const listed = (path: string): StampedFile => ({ path, stamp: namesIn(path) })

function namesIn(path: string): string {
  try {
    return NAMES + readdirSync(path).sort().join('/')
  } catch {
    return NAMES
  }
}

/** Whether a file or a listed directory is as it was. */
export const isAsItWas = ({ path, stamp }: StampedFile): boolean =>
  (isListing(stamp) ? namesIn(path) : stampOf(path)) === stamp
