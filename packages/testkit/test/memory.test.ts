import { describe, test } from 'vitest'
import { describeConformance } from '../src/conformance.ts'
import { memoryHarness } from './memory-harness.ts'

describeConformance(memoryHarness(), { describe, test })
