import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { matrixFile, matrixPage } from '../src/matrix.ts'
import { root } from '../src/public-packages.ts'

test('the driver matrix says what the drivers say; else run pnpm driver-matrix', () => {
  expect(readFileSync(join(root, matrixFile), 'utf8')).toBe(matrixPage())
})
