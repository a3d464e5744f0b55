interface Addresses {
  /** BASE_URL; empty: left out. */
  readonly given: string;
  /** What it names, or its default; null when it is no address. */
  readonly baseUrl: URL | null;
  /** HOST; empty: left out. */
  readonly host: string;
  readonly production: boolean;
}

/** Whether a host name, as `URL` gives it, means this machine alone. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/** @returns a sentence for each mistake in where the application listens and is found */
export function addressProblems({ given, baseUrl, host, production }: Addresses): string[] {
  if (baseUrl === null) {
    return ['BASE_URL must be an absolute address such as https://accounts.example.com.'];
  }
  const loopback = isLoopback(baseUrl.hostname);
  const problems: string[] = [];
  if (baseUrl.pathname !== '/' || baseUrl.search !== '' || baseUrl.username !== '') {
    problems.push('BASE_URL must be an origin alone: scheme, host and port, without a path.');
  }
  if (production && given === '') {
    problems.push('BASE_URL is missing: give the address that people open, with https.');
  }
  if (!production && !loopback) {
    problems.push(
      'BASE_URL is a public address, so NODE_ENV=production must be set: development mode is for loopback only.',
    );
  }
  if (production && baseUrl.protocol === 'http:' && !loopback) {
    problems.push('BASE_URL must start with https:// in production (http only for localhost).');
  }
  if (!production && host !== '' && !isLoopback(host) && host !== '::1') {
    problems.push(
      'HOST must be a loopback address in development mode, or NODE_ENV=production be set.',
    );
  }
  return problems;
}
