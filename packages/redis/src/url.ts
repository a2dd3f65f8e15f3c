import { InvalidOptionError } from '@tasq/core/driver'

export interface RedisUrl {
  readonly host: string
  readonly port: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly database: number
  readonly isTls: boolean
}

const ALLOWED = "a URL such as 'redis://user:password@host:6379/0', or 'rediss://…' for TLS"

/** @throws InvalidOptionError that does not show the password. */
export function parseRedisUrl(text: string): RedisUrl {
  const refuse = () => new InvalidOptionError('url', text, ALLOWED)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^rediss?:$/.test(url.protocol)) throw refuse()
  if (url.search !== '' || url.hash !== '' || !/^\/?\d*$/.test(url.pathname)) throw refuse()
  return {
    host: url.hostname === '' ? 'localhost' : url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6379 : Number(url.port),
    username: decoded(url.username, refuse),
    password: decoded(url.password, refuse),
    database: Number(url.pathname.slice(1)),
    isTls: url.protocol === 'rediss:',
  }
}

function decoded(part: string, refuse: () => Error): string | undefined {
  if (part === '') return undefined
  try {
    return decodeURIComponent(part)
  } catch {
    throw refuse()
  }
}
