import type { SettingsReader } from '../config/settings-reader.js';
import { proxyProblems } from './proxy-rules.js';

/** What stands between the application and its visitors. */
export class HttpSettings {
  /** Addresses and networks of proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];

  constructor(read: SettingsReader) {
    this.trustedProxies = read.list('TRUST_PROXY');
    read.problems.push(...proxyProblems(this.trustedProxies));
  }
}
