/** What people call a browser and the system that it runs on. */
export interface BrowserName {
  readonly browser: string;
  readonly system: string;
}

/** UTF-16 units; those of browsers have some 150, and each is searched with many patterns. */
const LONGEST = 512;

/**
 * Names a browser by its User-Agent. Of a header that is none of a browser's the library takes a piece
 * as the name: whoever sent it would write on our page, so what is not in its lists is not known.
 *
 * @returns null for one that is not known
 */
export async function browserName(userAgent: string): Promise<BrowserName | null> {
  if (userAgent === '' || userAgent.length > LONGEST) return null;
  // Loaded for the first name: no start waits for it.
  const { default: Bowser } = await import('bowser');
  const parser = Bowser.getParser(userAgent);
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()];
  const isKnown = (list: Record<string, string>, name: string) =>
    Object.values(list).includes(name);
  const known = isKnown(Bowser.BROWSER_MAP, browser) && isKnown(Bowser.OS_MAP, system);
  return known ? { browser, system } : null;
}
