import {
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { startEmbeddedMongo, type EmbeddedMongo } from '@latchkey/embedded-mongodb';
import mongoose, { type Connection } from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock, MINUTE, SECOND } from '../clock.js';
import { DatabaseSettings } from './database.settings.js';
import { canHeal, sentenceOf, troubleOf, UnusableDatabase } from './failures.js';
import { buildIndexes, type DeclaredCollection } from './indexes.js';
import { DEFAULT_DATABASE, openingOf } from './mongodb-uri.js';
import { demandFitServer, type Fitness } from './probe/fitness.js';
import { demandStoredVersion, markStoredVersion } from './stored-version.js';

/** Milliseconds. The pause after each failed try is twice the one before, up to the longest. */
const FIRST_PAUSE = 1 * SECOND;
const LONGEST_PAUSE = 15 * SECOND;
/** A line about the same trouble is written again after this. */
const TELL_EVERY = MINUTE;
/**
 * How long a start waits for the database before it takes requests, which are answered by 503 until
 * then.
 */
const START_PATIENCE = 5 * SECOND;

/** What an operator should know of a server that is used all the same. */
const NOTES: Partial<Record<Fitness, string>> = {
  'repeats-writes':
    'This server carries out twice what is sent again after a cut connection: it is used with retryWrites=false.',
  untried:
    'Whether this server can do what is needed could not be tried: the user of MONGODB_URI may not make a collection for it. See docs/databases.md.',
};

/**
 * The one connection to MongoDB, or to the embedded server when no address is configured. An absent
 * database does not stop the process: it is looked for again until it answers. One that can't be used
 * however long one waits ends it.
 */
@Injectable()
export class Database implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly declared: DeclaredCollection[] = [];
  private embedded?: EmbeddedMongo;
  private prepared = false;
  private closing = false;
  /** When each trouble was last told. */
  private readonly told = new Map<string, number>();
  private giveUp: (failure: UnusableDatabase) => void = () => undefined;

  /** Resolves when it turns out after the start that the database can't be used, however long one waits. */
  readonly unusable = new Promise<UnusableDatabase>((resolve) => {
    this.giveUp = resolve;
  });

  constructor(
    private readonly settings: DatabaseSettings,
    @InjectConnection() private readonly connection: Connection,
    private readonly clock: Clock,
  ) {}

  /** Whether the database answers and every index exists. */
  get ready(): boolean {
    return this.prepared && this.connection.readyState === mongoose.ConnectionStates.connected;
  }

  /** Names a collection whose indexes must be there before the application is ready; for constructors. */
  declare(collection: DeclaredCollection): void {
    this.declared.push(collection);
  }

  /** @throws when the database does not answer in time */
  async ping(): Promise<void> {
    await this.connection.db?.command({ ping: 1 });
  }

  /** @throws UnusableDatabase */
  async onApplicationBootstrap(): Promise<void> {
    // The embedded server is ours, so a fault of its data file ends the start with its own sentence.
    await this.startEmbedded();
    const first = this.connect();
    // An application whose database is there starts ready.
    const started = await Promise.race([first, delay(START_PATIENCE, false, { ref: false })]);
    if (!started) void this.reconnect(first);
  }

  /**
   * Opens the connection once and prepares nothing: for a look at the database.
   *
   * @throws when it can't be opened
   */
  async open(): Promise<void> {
    await this.startEmbedded();
    await this.openConnection();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing = true;
    await this.connection.close().catch(() => undefined);
    await this.embedded?.close();
  }

  private async startEmbedded(): Promise<void> {
    if (this.settings.mongodbUri !== '') return;
    this.embedded = await startEmbeddedMongo({
      dataDir: this.settings.dataDir,
      onError: (error) => this.logger.error(`The embedded database reports: ${error.message}`),
    });
  }

  private async reconnect(first: Promise<boolean>): Promise<void> {
    try {
      let connected = await first;
      for (let pause = FIRST_PAUSE; !connected; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
        await delay(pause, undefined, { ref: false });
        connected = this.closing || (await this.connect());
      }
    } catch (failure) {
      // Anything else is a fault of ours, and ends the process with its stack.
      if (!(failure instanceof UnusableDatabase)) throw failure;
      this.giveUp(failure);
    }
  }

  /** @throws UnusableDatabase */
  private async connect(): Promise<boolean> {
    try {
      await this.openConnection();
      await demandStoredVersion(this.connection);
      const fitness = await demandFitServer(this.connection, this.logger);
      if (fitness === 'repeats-writes') await this.openAgain({ retryWrites: false });
      if (this.connection.db) await buildIndexes(this.connection.db, this.declared, this.logger);
      await markStoredVersion(this.connection);
      this.prepared = true;
      this.logger.log('The database is ready');
      if (!openingOf(this.address).named) {
        this.logger.warn(`MONGODB_URI names no database: "${DEFAULT_DATABASE}" is used.`);
      }
      const note = NOTES[fitness];
      if (note !== undefined) this.logger.warn(note);
      return true;
    } catch (error) {
      await this.connection.close().catch(() => undefined);
      if (this.closing) return false;
      const sentence = sentenceOf(error);
      if (!canHeal(error)) throw new UnusableDatabase(sentence, { cause: error });
      this.tell(sentence, troubleOf(error));
      return false;
    }
  }

  private get address(): string {
    return this.embedded?.uri(DEFAULT_DATABASE) ?? this.settings.mongodbUri;
  }

  private async openAgain(more: mongoose.ConnectOptions): Promise<void> {
    await this.connection.close();
    await this.openConnection(more);
  }

  private tell(sentence: string, trouble: string): void {
    const now = this.clock.now().getTime();
    if (now - (this.told.get(trouble) ?? -Infinity) < TELL_EVERY) return;
    this.told.set(trouble, now);
    this.logger.error(sentence);
  }

  private async openConnection(more: mongoose.ConnectOptions = {}): Promise<void> {
    const { uri, options } = openingOf(this.address);
    await this.connection.openUri(uri, { ...options, ...more });
  }
}
