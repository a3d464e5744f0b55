import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { Clock, DAY, HOUR, MINUTE, SECOND } from '../clock.js';
import { Database } from '../database/database.js';
import { Events } from '../events.js';
import { describeBacklog } from './backlog.js';
import { MailQueue, type TakenMail } from './mail-queue.js';
import { MailWriter } from './mail-writer.js';
import { MailRefused } from './mail.events.js';
import { NOBODY } from './mail.schema.js';
import { MailSettings } from './mail.settings.js';
import { Mailer, RecipientRefused } from './mailer.js';

/** How often it looks for mails of other processes, and for those that are due again. */
const LOOK_EVERY = 5 * SECOND;
/** The pause after each failed try is twice the one before, up to the longest. */
const FIRST_PAUSE = 30 * SECOND;
const LONGEST_PAUSE = 2 * HOUR;
/** How long a mail is tried: the links in it are old by then. */
const PATIENCE = 1 * DAY;
/** One server that hangs holds up this many. */
const AT_ONCE = 4;
/** A try; the lease is longer. */
const LONGEST_TRY = 30 * SECOND;
/** How long a stop waits for tries under way: Docker kills 10 seconds after it asked. */
const STOP_PATIENCE = 3 * SECOND;
const TELL_EVERY = MINUTE;

/** Hands over the mails that wait, beside the requests. */
@Injectable()
export class MailWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** What became of mails since the start of the process. */
  readonly done = { handedOver: 0, refused: 0, givenUp: 0 };
  private readonly logger = new Logger('Mail');
  private readonly stop = new AbortController();
  private readonly underWay = new Set<Promise<void>>();
  private stopping = false;
  private toldAt = -Infinity;

  constructor(
    private readonly settings: MailSettings,
    private readonly queue: MailQueue,
    private readonly writer: MailWriter,
    private readonly mailer: Mailer,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly events: Events,
  ) {}

  onApplicationBootstrap(): void {
    if (this.settings.way === 'off') return;
    const look = setInterval(() => this.wake(), LOOK_EVERY).unref();
    this.stop.signal.addEventListener('abort', () => clearInterval(look));
  }

  /** Looks for mails now. */
  wake(): void {
    if (this.stopping || !this.database.ready || this.underWay.size >= AT_ONCE) return;
    const work = this.next().finally(() => this.underWay.delete(work));
    this.underWay.add(work);
  }

  /** What is under way is finished, or its lease given back. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    const done = Promise.all(this.underWay);
    await Promise.race([done, delay(STOP_PATIENCE, undefined, { ref: false })]);
    this.stop.abort();
    await done;
  }

  private async next(): Promise<void> {
    try {
      for (let mail = await this.queue.take(); mail; mail = await this.queue.take()) {
        // There may be more, and this one may take long.
        this.wake();
        await this.handOver(mail);
        if (this.stopping) return;
      }
    } catch (error) {
      // The database is away; what was taken is due again after its lease.
      this.tell('Mails can’t be looked after', error);
    }
  }

  private async handOver(mail: TakenMail): Promise<void> {
    const { data } = mail;
    if (mail.to === NOBODY) return this.queue.remove(mail);
    // It may have waited while nobody sent mails.
    if (this.ageOf(mail) >= PATIENCE) return this.giveUp(mail, 'it is older than a day');
    if (!data) return this.giveUp(mail, 'the secret that it was sealed with is gone');
    const signal = AbortSignal.any([this.stop.signal, AbortSignal.timeout(LONGEST_TRY)]);
    try {
      await this.mailer.send(this.writer.write({ ...mail, data }), signal);
    } catch (error) {
      return error instanceof RecipientRefused
        ? this.refused(mail, data)
        : this.failed(mail, error);
    }
    this.done.handedOver++;
    await this.queue.remove(mail);
  }

  private async refused(mail: TakenMail, data: MailRefused['data']): Promise<void> {
    this.done.refused++;
    this.logger.warn(`The address of mail ${mail.id} (${mail.kind}) is refused`);
    await this.events.publish(new MailRefused(mail.kind, mail.to, data));
    await this.queue.remove(mail);
  }

  private async failed(mail: TakenMail, error: unknown): Promise<void> {
    if (this.stop.signal.aborted) return this.queue.putBack(mail, 0);
    const pause = Math.min(FIRST_PAUSE * 2 ** (mail.attempts - 1), LONGEST_PAUSE);
    if (this.ageOf(mail) + pause < PATIENCE) {
      await this.queue.putBack(mail, pause);
      return this.tellOfBacklog(error);
    }
    await this.giveUp(
      mail,
      `it was tried ${mail.attempts} times, the last time: ${reasonOf(error)}`,
    );
  }

  private ageOf({ createdAt }: TakenMail): number {
    return this.clock.now().getTime() - createdAt.getTime();
  }

  private async giveUp(mail: TakenMail, reason: string): Promise<void> {
    this.done.givenUp++;
    this.logger.error(`Mail ${mail.id} (${mail.kind}) is given up: ${reason}`);
    await this.queue.remove(mail);
  }

  private async tellOfBacklog(error: unknown): Promise<void> {
    if (!this.mayTell()) return;
    const backlog = describeBacklog(await this.queue.backlog(), this.clock.now());
    this.tell(`Mail can’t be handed over (${backlog})`, error);
  }

  private mayTell(): boolean {
    const age = this.clock.now().getTime() - this.toldAt;
    // A clock that was set back must not keep it silent until then.
    return age < 0 || age >= TELL_EVERY;
  }

  /** One line a minute at most. Codes alone: the text of a server may repeat an address. */
  private tell(what: string, error: unknown): void {
    if (!this.mayTell()) return;
    this.toldAt = this.clock.now().getTime();
    this.logger.warn(`${what}, and is tried again: ${reasonOf(error)}`);
  }
}

/** @returns why a try failed, without any text that a stranger could have written */
export function reasonOf(error: unknown): string {
  // What nodemailer and Node set; an error of ours has a name alone.
  const {
    name,
    code = name,
    responseCode,
  } = error as Error & {
    code?: string;
    responseCode?: number;
  };
  return responseCode === undefined ? code : `${code} ${responseCode}`;
}
