const SECRET = /pass|secret|token|key|credential/i

/** An address without what is secret in it: `redis://user:***@host`. What is no URL is taken to be a path or a host. */
export function redactUrl(text: string): string {
  if (!text.includes('://')) return text
  if (!URL.canParse(text)) return text.replace(/\/\/.*@/s, '//***@')
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  for (const name of [...url.searchParams.keys()]) if (SECRET.test(name)) url.searchParams.set(name, '***')
  return url.href
}
