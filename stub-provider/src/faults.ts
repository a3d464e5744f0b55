import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Fault, Person } from './person.js';
import { html, jsonText } from './protocol.js';
import type { Answer, StubEndpoint } from './protocol.js';

/** Longer than anybody should wait for a provider. */
const hangsFor = 60_000;
const dripsEvery = 1_000;
const floodsWith = 50 * 1024 * 1024;

const page = '<!doctype html><title>Unicorn</title><h1>This page is taking too long to load.</h1>';

/** What this person's behaviour asks of an endpoint, `null` for the ordinary answer. */
export function faultAt(person: Person, endpoint: StubEndpoint): Fault | 'omits-the-id' | null {
  const { behaviour } = person;
  if (!behaviour || behaviour.at !== endpoint || behaviour.at === 'authorize') return null;
  return behaviour.does;
}

/** Sends the answer as it is. */
export function send({ status, headers, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, { 'cache-control': 'no-store', ...headers }).end(body);
}

/**
 * Spoils an answer that would have been right, and sends what is left of it.
 * @param trap an address that a client must not follow a redirect to
 */
export async function sendSpoiled(
  fault: Fault | 'omits-the-id',
  answer: Answer,
  trap: string,
  response: ServerResponse,
): Promise<void> {
  switch (fault) {
    case 'hangs': {
      const timer = setTimeout(() => send(answer, response), hangsFor);
      response.once('close', () => clearTimeout(timer));
      return;
    }
    case 'drips':
      return drip(answer, response);
    case 'breaks':
      return send(html(500, page), response);
    case 'forbids':
      return send(jsonText(403, '{"message":"Resource not accessible"}'), response);
    case 'is-missing':
      return send(jsonText(404, '{"message":"Not Found"}'), response);
    case 'answers-html':
      return send(html(200, page), response);
    case 'answers-null':
      return send(jsonText(200, answer.body.startsWith('[') ? '[null]' : 'null'), response);
    case 'floods':
      return flood(answer, response);
    case 'redirects':
      return send({ status: 302, headers: { location: trap }, body: '' }, response);
    case 'hangs-up':
      response.destroy();
      return;
    case 'omits-the-id':
      return send({ ...answer, body: withoutId(answer.body) }, response);
  }
}

function drip({ status, headers, body }: Answer, response: ServerResponse): void {
  response.writeHead(status, headers).flushHeaders();
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.charAt(sent));
    sent += 1;
    if (sent >= body.length) response.end();
  }, dripsEvery);
  response.once('close', () => clearInterval(timer));
}

/** Only the size is wrong: the JSON or form is well formed, and its fields are right. */
async function flood({ status, headers, body }: Answer, response: ServerResponse): Promise<void> {
  const isForm = headers['content-type']?.includes('urlencoded');
  const chunk = (isForm ? 'x' : ' ').repeat(64 * 1024);
  function* chunks(): Generator<string> {
    yield isForm ? `${body}&padding=` : body;
    for (let sent = 0; sent < floodsWith; sent += chunk.length) yield chunk;
  }
  response.writeHead(status, headers);
  // The client is meant to close the connection before the end.
  await pipeline(Readable.from(chunks()), response).catch(() => undefined);
}

/** The profile without the subject. */
function withoutId(body: string): string {
  // Safe: a dialect made this text, always from an object.
  const { id: _id, sub: _sub, ...rest } = JSON.parse(body) as Record<string, unknown>;
  return JSON.stringify(rest);
}
