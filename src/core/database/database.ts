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
import { SECOND } from '../clock.js';
import { DatabaseSettings } from './database.settings.js';

/**
 * Longest wait for one answer, and for a server to be found. The driver tries a read once more after
 * a failure, so the page for an outage comes within twice this, below 5 seconds.
 */
const PATIENCE = 2 * SECOND;
const RETRY_EVERY = 1 * SECOND;

/** Something that must exist in the database before the first request is let in: unique indexes above all. */
export type Preparation = () => Promise<unknown>;

/**
 * The one connection to MongoDB, or to the embedded server when no address is configured. An absent
 * database does not stop the process: it is looked for again until it answers.
 */
@Injectable()
export class Database implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly preparations: Preparation[] = [];
  private embedded?: EmbeddedMongo;
  private prepared = false;
  private closing = false;

  constructor(
    private readonly settings: DatabaseSettings,
    @InjectConnection() private readonly connection: Connection,
  ) {}

  /** Whether the database answers and every index exists. */
  get ready(): boolean {
    return this.prepared && this.connection.readyState === mongoose.ConnectionStates.connected;
  }

  /** Adds a step that must have succeeded before the application is ready; for module constructors. */
  prepare(step: Preparation): void {
    this.preparations.push(step);
  }

  /** @throws when the database does not answer within `PATIENCE` */
  async ping(): Promise<void> {
    await this.connection.db?.command({ ping: 1 });
  }

  async onApplicationBootstrap(): Promise<void> {
    // The embedded server is ours, so a fault of its data file ends the start with its own sentence.
    await this.startEmbedded();
    // A first try is waited for, so that an application whose database is there starts ready.
    if (!(await this.connect())) void this.reconnect();
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

  private async reconnect(): Promise<void> {
    while (!this.closing) {
      await delay(RETRY_EVERY);
      if (this.closing || (await this.connect())) return;
    }
  }

  private async connect(): Promise<boolean> {
    try {
      await this.openConnection();
      for (const step of this.preparations) await step();
      this.prepared = true;
      this.logger.log('The database is ready');
      return true;
    } catch (error) {
      // The message of a driver error names hosts, never credentials.
      this.logger.error(
        `The database is not usable yet: ${error instanceof Error ? error.message : String(error)}`,
      );
      await this.connection.close().catch(() => undefined);
      return false;
    }
  }

  private async openConnection(): Promise<void> {
    await this.connection.openUri(this.embedded?.uri('latchkey') ?? this.settings.mongodbUri, {
      bufferCommands: false,
      autoIndex: false,
      autoCreate: false,
      serverSelectionTimeoutMS: PATIENCE,
      connectTimeoutMS: PATIENCE,
      socketTimeoutMS: PATIENCE,
      waitQueueTimeoutMS: PATIENCE,
      heartbeatFrequencyMS: 2 * SECOND,
      maxPoolSize: 50,
    });
  }
}
