/** Node's own words for what a newcomer to its TypeScript and its ES modules meets first, and what to do about it. */
const ADVICE: readonly { readonly says: RegExp; readonly nextStep: (found: RegExpExecArray) => string }[] = [
  {
    says: /^(Cannot use import statement outside a module|Unexpected token 'export')/,
    nextStep: () =>
      'Make the package one of ES modules (npm pkg set type=module), or let the file end in .mts or .mjs.',
  },
  {
    says: /^Cannot find package '([^']+)'/,
    nextStep: ([, name = '']) =>
      `Install it (npm install ${name}); where it is an alias of tsconfig.json, import the file by its path, for Node knows no aliases.`,
  },
  {
    says: /^Cannot find module '[^']*?([^'/\\]+)'/,
    nextStep: ([, name = '']) =>
      /\.\w+$/.test(name)
        ? 'Correct the import: where the file is TypeScript and not compiled, it ends in .ts.'
        : `Write the ending of the file into the import, './${name}.ts' for example.`,
  },
  {
    says: /does not provide an export named '([^']+)'/,
    nextStep: ([, name = '']) =>
      `Export it there; where it is a type, import it by \`import type { ${name} }\`, which Node leaves out.`,
  },
  {
    says: /is not supported in strip-only mode$/,
    nextStep: () =>
      'Node runs TypeScript by leaving its types out: write this in another way (erasableSyntaxOnly in tsconfig.json finds all such places), or compile first and name the JavaScript.',
  },
]

/** What to do about a module that can't be loaded, by the reason that Node gives. */
export function adviceOn(reason: string): string {
  for (const { says, nextStep } of ADVICE) {
    const found = says.exec(reason)
    if (found !== null) return nextStep(found)
  }
  return 'See that it runs by itself with node.'
}
