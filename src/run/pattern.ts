/**
 * A pattern of files as it was meant: `/…/`, `/…/i` or `/…/u` is a regular expression, anything else
 * a glob. So a directory from the root on is written without the last slash: `/var/log`.
 */
export function patternOf(text: string): string | RegExp {
  const [, source, flags] = /^\/(.+)\/([iu]{0,2})$/s.exec(text) ?? []
  return source === undefined ? text : new RegExp(source, flags)
}
