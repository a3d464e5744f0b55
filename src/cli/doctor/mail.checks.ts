import { SystemClock } from '../../core/clock.js';
import { CoreSettings } from '../../core/config/core.settings.js';
import type { Configuration } from '../../core/config/settings.js';
import { randomId } from '../../core/crypto/random.js';
import { mailerOf } from '../../core/mail/mail.module.js';
import { MailSettings } from '../../core/mail/mail.settings.js';
import { reasonOf } from '../../core/mail/mail-worker.js';
import { MailWriter } from '../../core/mail/mail-writer.js';
import { Assets } from '../../core/views/assets.js';
import { Messages } from '../../core/views/messages.js';
import { Views } from '../../core/views/views.js';
import { error, type Finding, ok, warning } from './finding.js';

/** Milliseconds, more than the mailer's own limits. */
const PATIENCE = 60_000;

/**
 * Whether mail can be handed over.
 *
 * @param to an address for a test mail, which is handed over at once; null: none is sent
 */
export async function checkMail(configuration: Configuration, to: string | null): Promise<Finding> {
  const settings = configuration.get(MailSettings);
  const { way, folder } = settings;
  if (way === 'off') {
    return to === null
      ? ok('mail', 'off (MAIL_URL): what needs mail is not offered')
      : error('mail', 'MAIL_URL is off, so no test mail can be sent.');
  }
  if (to !== null && !/^[^\s@<>]+@[^\s@<>]+$/.test(to)) {
    return error(
      'mail',
      'The test mail needs an address: npm run doctor -- --mail you@example.com',
    );
  }
  const place = way === 'smtp' ? addressOf(settings) : `files in ${folder}`;
  const mailer = mailerOf(settings, new SystemClock());
  try {
    if (to !== null) {
      await mailer.send(testMail(configuration, to), AbortSignal.timeout(PATIENCE));
      return ok('mail', `a test mail for ${to} was handed over to ${place}`);
    }
    // Files are made when the first mail is.
    if (way === 'smtp') await mailer.verify();
    return ok('mail', place);
  } catch (cause) {
    const said = `${place} takes no mail now (${reasonOf(cause)})`;
    return to === null
      ? warning('mail', `${said}: mails wait in the database, and are tried for a day.`)
      : error('mail', `${said}: the test mail was not sent.`);
  }
}

function testMail(configuration: Configuration, to: string) {
  const core = configuration.get(CoreSettings);
  const messages = new Messages();
  const views = new Views(core, new Assets(), messages);
  const writer = new MailWriter(core, configuration.get(MailSettings), views, messages);
  return writer.write({ id: randomId(), kind: 'test', to, data: {} });
}

// Without the user and the password.
function addressOf({ url }: MailSettings): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
