import { refusingCollections } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(refusingCollections);
