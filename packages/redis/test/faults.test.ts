import { describeFaults } from '@tasq/driver-tests'
import { ownServerBehindProxy } from './support/own-server.ts'

describeFaults({ openStore: () => ownServerBehindProxy() })
