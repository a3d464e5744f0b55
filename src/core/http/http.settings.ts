import { SECOND } from '../clock.js';
import type { SettingsReader } from '../config/settings-reader.js';
import { proxyProblems } from './proxy-rules.js';

/** What stands between the application and its visitors. */
export class HttpSettings {
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** How long a connection without a request is kept open, in milliseconds. */
  readonly keepAlive: number;
  /** Whether browsers shall ask for https on all hosts below this one as well. */
  readonly hstsSubdomains: boolean;
  /** Whether requests of `/health` and `/metrics` that found nothing wrong are in the log. */
  readonly logProbes: boolean;

  constructor(read: SettingsReader) {
    this.trustedProxies = read.list('TRUST_PROXY');
    read.problems.push(...proxyProblems(this.trustedProxies));
    this.keepAlive = read.wholeNumber('KEEP_ALIVE_SECONDS', 65, { least: 1, most: 3600 }) * SECOND;
    this.hstsSubdomains = read.oneOf('HSTS_SUBDOMAINS', ['no', 'yes']) === 'yes';
    this.logProbes = read.oneOf('LOG_PROBES', ['yes', 'no']) === 'yes';
  }
}
