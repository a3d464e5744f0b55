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
  const { challenge } = await orRefused(async () => decodeClientDataJSON(response.clientDataJSON));
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
