import { documentDb } from '../../support/server-kinds.js';
import { tellsDuplicates } from './duplicates.story.js';

tellsDuplicates(documentDb);
