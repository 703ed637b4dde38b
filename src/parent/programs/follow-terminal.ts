/**
 * A command has a session of its own, so the terminal tells it neither of Ctrl-Z nor of a window
 * that changes its size: what this process is told is passed on. Returns a function that stops that.
 */
export function followTerminal(pass: (signal: NodeJS.Signals) => void): () => void {
  const resized = () => pass('SIGWINCH')
  const suspended = () => {
    pass('SIGSTOP') // SIGTSTP has no effect on a group that no shell looks after (POSIX, 2.4.3)
    process.off('SIGTSTP', suspended)
    process.kill(process.pid, 'SIGTSTP') // this process stops here, until it is continued
    process.on('SIGTSTP', suspended)
    pass('SIGCONT')
  }
  process.on('SIGWINCH', resized).on('SIGTSTP', suspended)
  return () => void process.off('SIGWINCH', resized).off('SIGTSTP', suspended)
}
