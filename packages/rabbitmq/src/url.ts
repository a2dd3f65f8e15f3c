import { InvalidOptionError } from '@tasq/core/driver'

export interface RabbitmqUrl {
  readonly host: string
  readonly port: number | undefined
  readonly username: string | undefined
  readonly password: string | undefined
  readonly vhost: string | undefined
  readonly isTls: boolean
}

const ALLOWED = "a URL such as 'amqp://user:password@host:5672/vhost', or 'amqps://…' for TLS"

/** @throws InvalidOptionError that does not show the password. */
export function parseRabbitmqUrl(text: string): RabbitmqUrl {
  const refuse = () => new InvalidOptionError('url', text, ALLOWED)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^amqps?:$/.test(url.protocol)) throw refuse()
  if (url.search !== '' || url.hash !== '') throw refuse()
  const path = url.pathname.slice(1)
  if (path.includes('/')) throw refuse()
  return {
    host: url.hostname === '' ? 'localhost' : url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? undefined : Number(url.port),
    username: decoded(url.username, refuse),
    password: decoded(url.password, refuse),
    vhost: decoded(path, refuse),
    isTls: url.protocol === 'amqps:',
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
