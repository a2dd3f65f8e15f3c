/** Where this repository is read on the web. */
export const home = 'https://github.com/tasq/tasq'
