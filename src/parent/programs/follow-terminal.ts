/**
 * Passes on Ctrl-Z and changes of the window size, which the terminal does not send to a command since it
 * has a session of its own. Returns a function that stops this.
 */
export function followTerminal(pass: (signal: NodeJS.Signals) => void): () => void {
  const resized = () => pass('SIGWINCH')
  const suspended = () => {
    pass('SIGSTOP') // SIGTSTP has no effect on an orphaned process group (POSIX, 2.4.3)
    process.off('SIGTSTP', suspended)
    process.kill(process.pid, 'SIGTSTP') // stops this process here until it is continued
    process.on('SIGTSTP', suspended)
    pass('SIGCONT')
  }
  process.on('SIGWINCH', resized).on('SIGTSTP', suspended)
  return () => void process.off('SIGWINCH', resized).off('SIGTSTP', suspended)
}
