import { type ParsedMail, simpleParser } from 'mailparser';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

/** A real mail server on a free port of loopback. */
export interface MailServer {
  readonly url: string;
  /** What it has taken, in order. */
  readonly mails: ParsedMail[];
  /** How the next mails are met; null: they are taken. */
  behaviour: Behaviour;
  close(): Promise<void>;
}

/** A reply code to the address, a reply to this command, or what a broken server does. */
export type Behaviour = 'cuts' | 'takes-and-cuts' | 'hangs' | number | Reply | null;

export interface Reply {
  readonly to: 'RCPT TO' | 'DATA';
  readonly code: number;
  readonly text: string;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ParsedMail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    // It would write a warning about the certificate that it brings.
    logger: false,
    onRcptTo: (_, session, answer) => {
      const { behaviour } = server;
      if (behaviour === 'hangs') return;
      if (behaviour === 'cuts') return cut(session);
      if (typeof behaviour !== 'number') return answer(replyTo('RCPT TO'));
      answer(replied({ code: behaviour, text: '5.1.1 not here' }));
    },
    onData: (stream, session, answer) => {
      void simpleParser(stream).then((mail) => {
        mails.push(mail);
        if (server.behaviour === 'takes-and-cuts') return cut(session);
        answer(replyTo('DATA'));
      });
    },
    ...options,
  });
  const replyTo = (command: Reply['to']) => {
    const { behaviour } = server;
    const isMeant = behaviour instanceof Object && behaviour.to === command;
    return isMeant ? replied(behaviour) : null;
  };
  // A connection that a client or a test has cut is none of the tests' errors.
  smtp.on('error', () => undefined);
  const cut = ({ id }: { id: string }) => {
    for (const connection of smtp.connections) if (connection.id === id) connection.close();
  };
  smtp.listen(0, '127.0.0.1');
  await once(smtp.server, 'listening');
  // It listens on an address, so it has one with a port.
  const { port } = smtp.server.address() as AddressInfo;
  const server: MailServer = {
    url: `smtp://127.0.0.1:${port}/?socketTimeout=1000&tls.rejectUnauthorized=false`,
    mails,
    behaviour: null,
    close: () => new Promise((resolve) => smtp.close(resolve)),
  };
  return server;
}

function replied({ code, text }: Pick<Reply, 'code' | 'text'>): Error {
  return Object.assign(new Error(text), { responseCode: code });
}
