import { numericTime, withoutHello } from '../../support/server-kinds.js';
import { servesAccounts } from './accounts.story.js';

servesAccounts(numericTime, withoutHello);
