export default function byDefault(name: string): string {
  return `hello ${name}`
}
