import { collidingUpserts } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(collidingUpserts(112, 50, 11000, 112));
