import Bowser from 'bowser';

/** What people call a browser and the system that it runs on. */
export interface BrowserName {
  readonly browser: string;
  readonly system: string;
}

const BROWSERS: readonly string[] = Object.values(Bowser.BROWSER_MAP);
const SYSTEMS: readonly string[] = Object.values(Bowser.OS_MAP);
/** UTF-16 units; those of browsers have some 150, and each is searched with many patterns. */
const LONGEST = 512;

/**
 * Names a browser by its User-Agent. Of a header that is none of a browser's the library takes a piece
 * as the name: whoever sent it would write on our page, so what is not in its lists is not known.
 *
 * @returns null for one that is not known
 */
export function browserName(userAgent: string): BrowserName | null {
  if (userAgent === '' || userAgent.length > LONGEST) return null;
  const parser = Bowser.getParser(userAgent);
  const [browser, system] = [parser.getBrowserName(), parser.getOSName()];
  return BROWSERS.includes(browser) && SYSTEMS.includes(system) ? { browser, system } : null;
}
