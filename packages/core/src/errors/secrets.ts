// What must not stand in messages: passwords, keys and tokens. Known are those that were given as such (`keepSecret`); others are
// recognized by where they stand: in a URL, or behind a name such as `password=`.

const HIDDEN = '***'
/** The list is that of the process: there may be several copies of this package. */
const LIST = Symbol.for('tasq.secrets')
/** Of passwords that change, as those of clouds do, the last ones count. */
const MOST_KNOWN = 100
/** Anything shorter would take parts of other words away; where a URL has it, it is found all the same. */
const SHORTEST = 8
const DEEPEST_CAUSE = 10

const SECRET_WORD =
  'password|passwd|pwd|passphrase|secret|token|credential|signature|sslkey|apikey|api[-_]key|access[-_]?key'
/** Names of options, flags and variables whose value is a secret: `redis.password`, `--aws-secret-access-key`. */
const SECRET_NAME =
  /passw|passphrase|secret|token|credential|sslkey|api[-_]?key|access[-_]?key|private[-_]?key/i
/** Names of those that may hold a URL with a password in it, right or broken. */
const URL_NAME = /url|dsn|uri|listen|endpoint/i

/** Bounded everywhere: a text may be long, and made by others. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // A password in a URL may have characters that should be encoded there. `password` itself stands in examples.
  [
    /\b((?!(?:https?|file|node):)[a-z][a-z\d+.-]{0,30}:\/\/[^\s/?#:@'"`]{0,200}):(?!password@)[^\s'"`]{0,500}@/gi,
    `$1:${HIDDEN}@`,
  ],
  [/\b(https?:\/\/)[^\s/?#@'"`]{1,500}@/gi, `$1${HIDDEN}@`],
  [named('[?&;]', '[^&;\\s\'"`]+'), `$1${HIDDEN}`],
  [named('(?:^|[\\s,{(\'"])', `(?:"[^"]*"|'[^']*'|[^\\s,;&)}'"]+)`), `$1${HIDDEN}`],
  [
    new RegExp(
      `("[\\w.-]{0,40}(?:${SECRET_WORD})[\\w.-]{0,40}"\\s{0,4}:\\s{0,4})"(?:[^"\\\\]|\\\\.)*"`,
      'gi',
    ),
    `$1"${HIDDEN}"`,
  ],
  [/\b(AKIA|ASIA)[A-Z\d]{12,}/g, `$1${HIDDEN}`],
  [/(x-amz-security-token[:=]\s{0,4})[^\s'"&]+/gi, `$1${HIDDEN}`],
]

/** `password=…` behind something, with its value. */
function named(before: string, value: string): RegExp {
  return new RegExp(`(${before}[\\w.-]{0,40}(?:${SECRET_WORD})[\\w.-]{0,40}=)${value}`, 'gi')
}

/** Without any of these there is nothing for a pattern to find. */
const MAY_HOLD = /[=@]|":|AKIA|ASIA|x-amz/

/**
 * From now on, this text is hidden in every message of this process. Words of lower-case letters alone are not, unless they are long:
 * they would be taken out of sentences as well.
 */
export function keepSecret(secret: string | undefined): void {
  if (secret === undefined || secret.length < SHORTEST) return
  if (secret.length < 2 * SHORTEST && /^[a-z]*$/.test(secret)) return
  const known = knownSecrets()
  known.delete(secret)
  known.add(secret)
  const [oldest] = known
  if (known.size > MOST_KNOWN && oldest !== undefined) known.delete(oldest)
}

/** The same for the password in a URL, as it stands there and as it is meant, and for parameters such as `?password=`. */
export function keepSecretsOf(url: string | undefined): void {
  if (url === undefined || !URL.canParse(url)) return
  const { password, searchParams } = new URL(url)
  keepSecret(password)
  keepSecret(decoded(password))
  for (const [name, value] of searchParams) if (SECRET_NAME.test(name)) keepSecret(value)
}

/** A text as it may be shown: without known secrets, without what looks like one. */
export function withoutSecrets(text: string): string {
  let shown = text
  for (const secret of knownSecrets()) if (shown.includes(secret)) shown = shown.replaceAll(secret, HIDDEN)
  if (!MAY_HOLD.test(shown)) return shown
  for (const [pattern, replacement] of PATTERNS) shown = shown.replace(pattern, replacement)
  return shown
}

/** The value of an option as it may be shown. @param option its name, or that of the flag or variable that has set it. */
export function showable(option: string, value: unknown): unknown {
  if (value === undefined || value === null || value === '') return value
  if (SECRET_NAME.test(option)) return HIDDEN
  if (Array.isArray(value)) return value.map((each) => showable(option, each))
  if (typeof value !== 'string') return value
  return withoutSecrets(URL_NAME.test(option) ? withoutPassword(value) : value)
}

/**
 * What a client has thrown, without secrets and without what was sent: its texts are changed where they stand, in its causes as well.
 * Statements and arguments are taken away, because the inputs of tasks stand in them.
 */
export function withoutSecretsIn(thrown: unknown): unknown {
  return typeof thrown === 'string' ? withoutSecrets(thrown) : cleaned(thrown, 0)
}

/** The same text with `***` for what may be a password, whether or not it is a URL. */
function withoutPassword(text: string): string {
  const scheme = text.indexOf('://')
  const start = scheme < 0 ? 0 : scheme + 3
  const end = text.lastIndexOf('@')
  if (end < 0) return scheme < 0 || URL.canParse(text) ? text : `${text.slice(0, start)}${HIDDEN}`
  const colon = text.indexOf(':', start)
  return colon < 0 || colon > end ? text : `${text.slice(0, colon + 1)}${HIDDEN}${text.slice(end)}`
}

/** What clients note on an error of what they have sent. */
const SENT = new Set([
  'command',
  'sql',
  'query',
  'parameters',
  'params',
  'values',
  'internalQuery',
  '$response',
  'config',
])
/** PostgreSQL shows rows, payload included, where one breaks a rule. */
const SHOWS_ROW = /^(Failing row contains )\(.*\)/s

function cleaned(thrown: unknown, depth: number): unknown {
  if (!(thrown instanceof Error) || depth > DEEPEST_CAUSE) return thrown
  if (!Object.isExtensible(thrown)) return new Error(withoutSecrets(`${thrown.name}: ${thrown.message}`))
  for (const name of ['message', 'stack', ...Object.keys(thrown)]) {
    const value: unknown = Reflect.get(thrown, name)
    if (SENT.has(name)) Reflect.deleteProperty(thrown, name)
    else if (typeof value === 'string') replace(thrown, name, value)
    else if (Array.isArray(value)) for (const each of value) cleaned(each, depth + 1)
    else if (value !== thrown && value instanceof Error) cleaned(value, depth + 1)
  }
  if (thrown.cause !== undefined && thrown.cause !== thrown) thrown.cause = cleaned(thrown.cause, depth + 1)
  if (thrown instanceof AggregateError) for (const each of thrown.errors) cleaned(each, depth + 1)
  return thrown
}

function replace(error: Error, name: string, text: string): void {
  const shown = withoutSecrets(text.replace(SHOWS_ROW, `$1(${HIDDEN})`))
  if (shown === text) return
  const isEnumerable = Object.prototype.propertyIsEnumerable.call(error, name)
  Reflect.defineProperty(error, name, {
    value: shown,
    enumerable: isEnumerable,
    writable: true,
    configurable: true,
  })
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

function knownSecrets(): Set<string> {
  const found: unknown = Reflect.get(globalThis, LIST)
  if (found instanceof Set) return found as Set<string>
  const known = new Set<string>()
  Object.defineProperty(globalThis, LIST, { value: known })
  return known
}
