import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fingerprint } from '../crypto/digests.js';
import { projectRoot } from '../paths.js';

/** What `npm run assets` made; `npm run build` and `npm start` make it as well. */
const FOLDER = join(projectRoot, 'dist/assets');
const PREFIX = '/assets/';
const FINGERPRINTED = /^(.+)\.([0-9a-f]{16})(\.\w+)$/;

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
};

/** The address holds a fingerprint of the content, so a browser may keep it for a year. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** What stands at an address that says nothing of its content. */
const FOR_A_DAY = 'public, max-age=86400';
/** During a release a page of the one version may ask an instance of the other for its files. */
const FOR_A_MINUTE = 'public, max-age=60';

interface Asset {
  readonly url: string;
  readonly type: string;
  readonly etag: string;
  readonly life: string;
  /** By content coding; the empty name is the file as it is. */
  readonly bodies: Readonly<Record<string, Buffer>>;
}

/**
 * The static files, held in memory as the build compressed them. Only their own names are answered; no
 * path of a request ever reaches the file system.
 */
@Injectable()
export class Assets {
  private byName = new Map<string, Asset>();
  private byUrl = new Map<string, Asset>();
  private marks = new Set<string>();

  constructor() {
    this.load();
  }

  /** Reads all files again, for somebody who edits them. */
  load(): void {
    if (!existsSync(FOLDER)) throw new Error('The static files are not built: npm run assets');
    this.byName = new Map();
    this.byUrl = new Map();
    const names = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
    const files = names.filter((name) => !/(^root|\.br|\.gz)$/.test(name));
    for (const file of files) this.add(file.replaceAll('\\', '/'));
    const sprite = this.byName.get('marks.svg')?.bodies[''] ?? '';
    const ids = sprite.toString().matchAll(/<symbol id="([^"]+)"/g);
    this.marks = new Set([...ids].map(([, id = '']) => id));
  }

  /** @returns the address of a file of `public/`, by its bare name; throws when unknown */
  url(name: string): string {
    const asset = this.byName.get(name);
    if (!asset) throw new Error(`There is no asset "${name}"`);
    return asset.url;
  }

  /** @returns the address of a mark within the file of all marks, for `<use>`; throws when unknown */
  mark(name: string): string {
    if (!this.marks.has(name)) throw new Error(`There is no mark "${name}"`);
    return `${this.url('marks.svg')}#${name}`;
  }

  /** Express middleware that answers for the static files without a session. */
  readonly serve = (request: Request, response: Response, next: NextFunction): void => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const present = this.byUrl.get(request.path);
    const asset = present ?? this.another(request.path);
    if (!reads || !asset) return next();
    response.set({
      'content-type': asset.type,
      'cache-control': present ? asset.life : FOR_A_MINUTE,
      etag: asset.etag,
      vary: 'accept-encoding',
    });
    if (request.get('if-none-match') === asset.etag) {
      response.status(304).end();
      return;
    }
    const coding = codingFor(request, asset);
    const body = asset.bodies[coding];
    if (coding !== '') response.set('content-encoding', coding);
    response.set('content-length', String(body?.length));
    response.end(request.method === 'HEAD' ? undefined : body);
  };

  /** @returns the file whose content had this fingerprint in another version, as it is in this one */
  private another(path: string): Asset | undefined {
    if (!path.startsWith(PREFIX)) return undefined;
    const [, name, , ending] = FINGERPRINTED.exec(path.slice(PREFIX.length)) ?? [];
    return name && ending ? this.byName.get(name + ending) : undefined;
  }

  private add(file: string): void {
    const path = join(FOLDER, file);
    const type = TYPES[extname(file)];
    if (type === undefined) throw new Error(`${file}: files of this kind have no content type yet`);
    const identity = readFileSync(path);
    const [, name = '', hash, ending = ''] = FINGERPRINTED.exec(file) ?? [];
    const asset: Asset = {
      url: hash ? PREFIX + file : file.replace(/^root/, ''),
      type,
      // Weak, since the codings of one file share it (RFC 9110, 8.8.3.3).
      etag: `W/"${fingerprint(identity).slice(0, 16)}"`,
      life: hash ? FOR_EVER : FOR_A_DAY,
      bodies: { '': identity, ...compressed('br', '.br'), ...compressed('gzip', '.gz') },
    };
    this.byUrl.set(asset.url, asset);
    if (hash) this.byName.set(name + ending, asset);

    function compressed(coding: string, suffix: string): Record<string, Buffer> {
      return existsSync(path + suffix) ? { [coding]: readFileSync(path + suffix) } : {};
    }
  }
}

// Asked for one by one: of codings that a browser likes equally, Express would take its first.
function codingFor(request: Request, { bodies }: Asset): string {
  const codings = Object.keys(bodies).filter((coding) => coding !== '');
  return codings.find((coding) => request.acceptsEncodings(coding)) ?? '';
}
