import { join } from 'node:path'
import { runToEnd } from './private-server.ts'

/** Puts `cert.pem` and `key.pem` into a folder: a certificate for this machine that is signed by itself. */
export function makeCertificate(openssl: string, folder: string): void {
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', join(folder, 'key.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost']
  runToEnd(openssl, ['req', '-x509', ...key, '-out', join(folder, 'cert.pem'), '-days', '2', ...subject])
}
