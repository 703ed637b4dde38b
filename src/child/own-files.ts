/** Tells our own files from those of the app. */
import { dirname, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Request } from './what-decided.ts'

/** The app's own import of exit75, also of another copy that is installed with it. */
export const isOurIndex = (url: string): boolean =>
  url.endsWith('/dist/index.js') && (url.startsWith(OWN_URL) || url.endsWith('/exit75/dist/index.js'))

/** A standby loads our index ahead; `require-index.cjs` does for the app. */
export const isOwnRequest = ({ parentURL = '' }: Request): boolean =>
  parentURL.startsWith(OWN_URL) && !parentURL.endsWith('/require-index.cjs')

/** All built files are in one directory. */
export const OWN_FILES: string = dirname(fileURLToPath(import.meta.url)) + sep
const OWN_URL = pathToFileURL(OWN_FILES).href
export const isOurs = (text: string): boolean => text.includes(OWN_FILES) || text.includes(OWN_URL)
