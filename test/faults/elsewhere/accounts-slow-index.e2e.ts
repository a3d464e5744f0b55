import { slowIndex } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(slowIndex('usernameCanonical_1', 5000));
