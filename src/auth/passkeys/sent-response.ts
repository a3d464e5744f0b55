import { PasskeyRefused } from './passkey.errors.js';

/** What a browser sends of a passkey. */
interface Sent {
  readonly id: string;
  readonly response: { readonly clientDataJSON: string };
}

/**
 * Only its outer shape is looked at: the library refuses what else is wrong with it.
 *
 * @throws PasskeyRefused
 */
export function read(sent: string): Sent {
  try {
    const parsed = JSON.parse(sent) as Partial<Sent> | null;
    if (typeof parsed?.id === 'string' && typeof parsed.response?.clientDataJSON === 'string') {
      return parsed as Sent;
    }
  } catch {
    // What is no JSON was not made by our script.
  }
  throw new PasskeyRefused('malformed');
}

/** @throws PasskeyRefused */
export async function challengeOf({ response }: Sent): Promise<string> {
  const { decodeClientDataJSON } = await import('@simplewebauthn/server/helpers');
  const decoded = await orRefused(async () => decodeClientDataJSON(response.clientDataJSON));
  // Whatever JSON a program has put there, null too.
  const { challenge } = Object(decoded) as { readonly challenge?: unknown };
  if (typeof challenge !== 'string') throw new PasskeyRefused('malformed');
  return challenge;
}

/**
 * The library throws whatever is wrong, and tells nothing by the kind of the error.
 *
 * @throws PasskeyRefused
 */
export async function orRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch {
    throw new PasskeyRefused('unverified');
  }
}

/** Longer than each name that there is. */
const TRANSPORT = /^[\w-]{1,32}$/;
/** More than there are. */
const MAX_TRANSPORTS = 10;

/**
 * The library hands on what a browser says of transports as it came.
 *
 * @returns those that can be names: one that this version does not know is left to the browser
 */
export function transportsIn(said: unknown): string[] {
  if (!Array.isArray(said)) return [];
  return said
    .filter((each: unknown) => typeof each === 'string')
    .filter((each) => TRANSPORT.test(each))
    .slice(0, MAX_TRANSPORTS);
}
