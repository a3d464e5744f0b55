import { javaServer } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(javaServer);
