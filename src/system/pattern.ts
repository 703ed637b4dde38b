/** How a program with exit75 is written, as messages show it. */
export const PATTERN = 'if (PARENT) launchChild(); else main()'
