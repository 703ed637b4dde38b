const WORD: string = 'Hello'

export const greet = (name: string): string => `${WORD}, ${name}!`
