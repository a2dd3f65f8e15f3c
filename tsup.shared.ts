import { defineConfig } from 'tsup'

interface BuildOptions {
  /** Packages that become part of the build: private ones, or small ones without dependencies. @default none */
  readonly bundled?: string[]
  /** Whether there are type files; an app, which nobody imports, needs none. @default true */
  readonly types?: boolean
}

/** How every package is built: ESM with one type file for each entry, SQL and Lua as text. */
export function library(entry: string[], { bundled = [], types = true }: BuildOptions = {}) {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: types && (bundled.length > 0 ? { resolve: bundled } : true),
    noExternal: bundled,
    clean: true,
    sourcemap: true,
    // Without it `node:sqlite` would become `sqlite`, which does not exist.
    removeNodeProtocol: false,
    loader: { '.sql': 'text', '.lua': 'text' },
  })
}
