/** A request to SQS, as it is on the wire. */
export interface SqsRequest {
  /** Such as `SendMessageBatch`. */
  readonly action: string
  readonly input: Readonly<Record<string, unknown>>
}

export interface RequestEntry {
  readonly Id: string
  readonly MessageBody?: string
  readonly MessageAttributes?: Readonly<
    Record<string, { readonly DataType: string; readonly StringValue?: string }>
  >
  readonly DelaySeconds?: number
  readonly VisibilityTimeout?: number
  readonly ReceiptHandle?: string
  readonly MessageGroupId?: string
  readonly MessageDeduplicationId?: string
}

/** The entries of a batch. */
export function entriesOf({ input }: SqsRequest): readonly RequestEntry[] {
  return Array.isArray(input.Entries) ? input.Entries : []
}

const MEBIBYTE = 1_048_576
const LEGAL = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD]*$/

/** What SQS would refuse of a request, though the emulator may not. */
export function violationsOf(request: SqsRequest): readonly string[] {
  const { action, input } = request
  const problems: string[] = []
  const demand = (what: string, isTrue: boolean) => {
    if (!isTrue) problems.push(`${action}: ${what}`)
  }
  const entries = entriesOf(request)
  if (action.endsWith('Batch')) {
    demand('1 to 10 entries', entries.length >= 1 && entries.length <= 10)
    demand('ids that differ', new Set(entries.map(({ Id }) => Id)).size === entries.length)
    demand(
      'legal ids',
      entries.every(({ Id }) => /^[\w-]{1,80}$/.test(Id)),
    )
  }
  if (action === 'SendMessageBatch') {
    demand('at most 1 MiB', sum(entries.map(bytesOfEntry)) <= MEBIBYTE)
    demand(
      'legal bodies',
      entries.every(({ MessageBody = '' }) => MessageBody !== '' && LEGAL.test(MessageBody)),
    )
    demand(
      'a legal delay',
      entries.every(({ DelaySeconds = 0 }) => isWhole(DelaySeconds, 0, 900)),
    )
    demand('legal attributes', entries.every(hasLegalAttributes))
    if (String(input.QueueUrl).endsWith('.fifo')) {
      demand(
        'no delay in FIFO queues',
        entries.every(({ DelaySeconds }) => DelaySeconds === undefined),
      )
      demand(
        'a legal group',
        entries.every(({ MessageGroupId = '' }) => /^[!-~]{1,128}$/.test(MessageGroupId)),
      )
      const ids = entries.map(({ MessageDeduplicationId = '' }) => MessageDeduplicationId)
      demand(
        'a legal deduplication id',
        ids.every((id) => /^[!-~]{1,128}$/.test(id)),
      )
    } else
      demand(
        'no groups',
        entries.every(({ MessageGroupId }) => MessageGroupId === undefined),
      )
  }
  if (action === 'ChangeMessageVisibilityBatch') {
    demand(
      'a legal time',
      entries.every(({ VisibilityTimeout = -1 }) => isWhole(VisibilityTimeout, 0, 43_200)),
    )
  }
  if (action === 'ReceiveMessage') {
    demand('a legal number', isWhole(input.MaxNumberOfMessages, 1, 10))
    demand('a legal wait', isWhole(input.WaitTimeSeconds, 0, 20))
    demand('a legal time', isWhole(input.VisibilityTimeout, 0, 43_200))
  }
  if (action === 'CreateQueue') {
    demand('a legal name', /^[\w-]{1,75}(\.fifo)?$|^[\w-]{1,80}$/.test(String(input.QueueName)))
  }
  return problems
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

function hasLegalAttributes({ MessageAttributes = {} }: RequestEntry): boolean {
  const attributes = Object.entries(MessageAttributes)
  return (
    attributes.length <= 10 &&
    attributes.every(
      ([name, { StringValue = '' }]) =>
        /^(?!aws\.|amazon\.)[\w.-]{1,256}$/i.test(name) && StringValue !== '' && LEGAL.test(StringValue),
    )
  )
}

export function bytesOfEntry({ MessageBody = '', MessageAttributes = {} }: RequestEntry): number {
  const attributes = Object.entries(MessageAttributes).flatMap(([name, { DataType, StringValue = '' }]) => [
    name,
    DataType,
    StringValue,
  ])
  return sum([MessageBody, ...attributes].map((text) => Buffer.byteLength(text)))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
