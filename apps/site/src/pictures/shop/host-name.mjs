// Whoever draws the pictures has a machine whose name is of no interest.

import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'

os.hostname = () => 'web-1'
syncBuiltinESMExports()
