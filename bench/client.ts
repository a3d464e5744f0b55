import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** A page to ask for, and how its answer is recognised as right. */
export interface Visit {
  readonly path: string;
  /** The Cookie header; empty: none. */
  readonly cookie: string;
  readonly status: number;
  /** Text that the body must hold. */
  readonly holds: string;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
  /** What a browser would send back of the cookies in the answer. */
  readonly cookie: string;
}

/** Asks once, as a browser would. The connections belong to the agent. */
export async function ask(
  origin: string,
  path: string,
  { agent, cookie = '', method = 'GET' }: { agent?: Agent; cookie?: string; method?: string } = {},
): Promise<Answer> {
  const headers = {
    accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
    'accept-encoding': 'gzip, deflate, br',
    ...(cookie !== '' && { cookie }),
  };
  const outgoing = request(origin + path, { method, headers, ...(agent && { agent }) });
  return new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const cookies = (response.headers['set-cookie'] ?? []).map((each) => each.split(';')[0]);
      buffer(response).then((bytes) => {
        const body = decoded(bytes, response.headers['content-encoding']);
        resolve({ status: response.statusCode ?? 0, body, cookie: cookies.join('; ') });
      }, reject);
    });
    outgoing.end();
  });
}

/** @returns the answer of a visit @throws when it is not the right one */
export async function visit(origin: string, wanted: Visit, agent?: Agent): Promise<Answer> {
  const { path, cookie, status, holds } = wanted;
  const answer = await ask(origin, path, { cookie, ...(agent && { agent }) });
  if (answer.status === status && answer.body.includes(holds)) return answer;
  throw new Error(
    `${origin}${path} answers ${answer.status}, not ${status} with "${holds}": ${answer.body.slice(0, 300)}`,
  );
}

function decoded(bytes: Buffer, encoding: string | undefined): string {
  if (encoding === 'br') return brotliDecompressSync(bytes).toString();
  if (encoding === 'gzip') return gunzipSync(bytes).toString();
  return bytes.toString();
}
