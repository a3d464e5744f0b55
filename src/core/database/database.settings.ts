import type { SettingsReader } from '../config/settings-reader.js';
import { uriProblems } from './mongodb-uri.js';

/** Where the data is. */
export class DatabaseSettings {
  /** Where MongoDB listens; empty: the embedded one. */
  readonly mongodbUri: string;
  /** Absolute path of the folder that holds the embedded one. */
  readonly dataDir: string;

  constructor(read: SettingsReader) {
    const uri = read.text('MONGODB_URI');
    if (!/^$|^embedded$|^mongodb(\+srv)?:\/\//.test(uri)) {
      read.problems.push(
        'MONGODB_URI must be empty, "embedded", or start with mongodb:// or mongodb+srv://.',
      );
    }
    if (uri.startsWith('mongodb')) read.problems.push(...uriProblems(uri));
    if (read.production && uri === '') {
      read.problems.push(
        'MONGODB_URI is missing: give the address of MongoDB, or "embedded" to use the built-in database of a single small machine.',
      );
    }
    this.mongodbUri = uri === 'embedded' ? '' : uri;
    this.dataDir = read.dataDir;
  }
}
