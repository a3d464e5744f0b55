import { repeatingWrites } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(repeatingWrites);
