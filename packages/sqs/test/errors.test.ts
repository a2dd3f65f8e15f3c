import { TasqError } from '@tasq/core'
import { expect, test } from 'vitest'
import { entryError, isMissingQueue, isStaleHandle, toStoreError } from '../src/errors.ts'

/** What SQS says, as the SDK throws it. */
const said = (name: string, httpStatusCode = 400): Error =>
  Object.assign(new Error(`${name} said so`), { name, $metadata: { httpStatusCode } })
/** What happens on the way. */
const met = (message: string, code?: string): Error => Object.assign(new Error(message), code ? { code } : {})

test.each<readonly [Error, string, retryable: boolean, outcome: string]>([
  [said('QueueDoesNotExist'), 'TASQ_STORE_FAILED', false, 'refused'],
  [said('AWS.SimpleQueueService.NonExistentQueue'), 'TASQ_STORE_FAILED', false, 'refused'],
  [said('QueueDeletedRecently'), 'TASQ_STORE_BUSY', true, 'refused'],
  [said('OverLimit', 403), 'TASQ_STORE_BUSY', true, 'refused'],
  [said('RequestThrottled', 403), 'TASQ_STORE_BUSY', true, 'refused'],
  [said('ThrottlingException'), 'TASQ_STORE_BUSY', true, 'refused'],
  [said('SomethingElse', 429), 'TASQ_STORE_BUSY', true, 'refused'],
  [said('AccessDenied', 403), 'TASQ_STORE_READ_ONLY', false, 'refused'],
  [said('AccessDeniedException', 400), 'TASQ_STORE_READ_ONLY', false, 'refused'],
  [said('KmsDisabled'), 'TASQ_STORE_READ_ONLY', false, 'refused'],
  [said('KmsThrottled'), 'TASQ_STORE_BUSY', true, 'refused'],
  [said('ExpiredTokenException'), 'TASQ_STORE_UNAVAILABLE', true, 'refused'],
  [said('InvalidClientTokenId', 403), 'TASQ_STORE_UNAVAILABLE', false, 'refused'],
  [said('SignatureDoesNotMatch', 403), 'TASQ_STORE_UNAVAILABLE', false, 'refused'],
  [said('CredentialsProviderError'), 'TASQ_STORE_UNAVAILABLE', false, 'refused'],
  [said('InvalidParameterValue'), 'TASQ_STORE_FAILED', false, 'refused'],
  [said('InternalError', 500), 'TASQ_STORE_UNAVAILABLE', true, 'unknown'],
  [said('Unheard', 503), 'TASQ_STORE_UNAVAILABLE', true, 'unknown'],
  [met('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'TASQ_STORE_UNAVAILABLE', true, 'refused'],
  [met('getaddrinfo ENOTFOUND sqs', 'ENOTFOUND'), 'TASQ_STORE_UNAVAILABLE', true, 'refused'],
  [met('read ECONNRESET', 'ECONNRESET'), 'TASQ_STORE_UNAVAILABLE', true, 'unknown'],
  [met('socket hang up'), 'TASQ_STORE_UNAVAILABLE', true, 'unknown'],
  [said('TimeoutError', 0), 'TASQ_STORE_UNAVAILABLE', true, 'unknown'],
  [met('something else'), 'TASQ_STORE_FAILED', false, 'refused'],
])('%s', (error, code, retryable, outcome) => {
  const met = toStoreError(error, 'SQS here')
  expect(met).toMatchObject({ code, retryable, outcome, cause: error })
  expect(met.message).toMatch(/^SQS here: /)
  expect(met.nextStep).toMatch(/^[A-Z].*\.$/s)
})

test('what Tasq has thrown itself stays as it is', () => {
  const own = new TasqError('TASQ_CLOSED', 'It is closed.', { nextStep: 'Open it.' })
  expect(toStoreError(own, 'here')).toBe(own)
})

test.each([
  ['InternalError', false, true],
  ['ServiceUnavailable', false, true],
  ['RequestThrottled', true, true],
  ['InvalidMessageContents', true, false],
  ['Unheard', false, true],
])('an entry that is refused as %s', (Code, SenderFault, retryable) => {
  expect(entryError({ Id: '0', Code, SenderFault }, 'SQS here')).toMatchObject({ retryable })
})

test('a queue that is missing is known, also in what was made of the error', () => {
  const error = said('QueueDoesNotExist')
  expect([
    isMissingQueue(error),
    isMissingQueue(toStoreError(error, 'here')),
    isMissingQueue(met('x')),
  ]).toEqual([true, true, false])
})

test('handles that are outdated are told from what may pass', () => {
  const codes = ['ReceiptHandleIsInvalid', 'MessageNotInflight', 'InvalidParameterValue', 'InternalError']
  expect(codes.map((Code) => isStaleHandle({ Id: '0', Code, SenderFault: true }))).toEqual([
    true,
    true,
    true,
    false,
  ])
})
