import type { Driver } from '@tasq/core/driver'
import type { DriverRecipe } from '../src/store.ts'

/** The driver that the first argument describes. */
const recipe: DriverRecipe = JSON.parse(process.argv[2] ?? '')
const { [recipe.factory]: make } = await import(recipe.module)

export const driver: Driver = make(recipe.options)
export const parameters: readonly string[] = process.argv.slice(3)
