import { documentDb } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(documentDb);
