import type { Request } from 'express';
import type { BrowserName } from '../../users/session.js';

/** UTF-16 units; those of browsers have some 150, their brands some 80, and each is searched with many patterns. */
const LONGEST = 512;

/** @returns what people call the browser of a request; null for one that is not known */
export function browserOf(request: Request): Promise<BrowserName | null> {
  return browserName(request.get('user-agent') ?? '', request.get('sec-ch-ua'));
}

/**
 * Names a browser by its User-Agent. Of a header that is none of a browser's the library takes a piece
 * as the name: whoever sent it would write on our page, so what is not in its lists is not known.
 *
 * @param brands the header Sec-CH-UA, by which some browsers are told from those that they are made of
 * @returns null for one that is not known
 */
export async function browserName(userAgent: string, brands = ''): Promise<BrowserName | null> {
  if (userAgent === '' || userAgent.length + brands.length > LONGEST) return null;
  // Loaded for the first name: no start waits for it.
  const { default: Bowser } = await import('bowser');
  const parser = Bowser.getParser(userAgent, { brands: brandsIn(brands) });
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()];
  const isKnown = (list: Record<string, string>, name: string) =>
    Object.values(list).includes(name);
  const known = isKnown(Bowser.BROWSER_MAP, browser) && isKnown(Bowser.OS_MAP, system);
  return known ? { browser, system } : null;
}

/** @returns what a header such as `"Chromium";v="138", "Brave";v="138"` lists (RFC 9651) */
function brandsIn(header: string): { brand: string; version: string }[] {
  return [...header.matchAll(/"([^"\\]*)";v="([^"\\]*)"/g)].map(([, brand = '', version = '']) => ({
    brand,
    version,
  }));
}
