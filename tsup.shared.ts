import { defineConfig } from 'tsup'

/** How every package is built: ESM with one type file for each entry, SQL as text. */
export function library(entry: string[], { bundled = [] }: { bundled?: string[] } = {}) {
  return defineConfig({
    entry,
    format: 'esm',
    target: 'node22',
    platform: 'node',
    dts: bundled.length > 0 ? { resolve: bundled } : true,
    noExternal: bundled,
    clean: true,
    sourcemap: true,
    // Without it `node:sqlite` would become `sqlite`, which does not exist.
    removeNodeProtocol: false,
    loader: { '.sql': 'text' },
  })
}
