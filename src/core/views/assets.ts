import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { CoreSettings } from '../config/core.settings.js';
import { fingerprint } from '../crypto/digests.js';
import { projectRoot } from '../paths.js';

const FOLDER = join(projectRoot, 'public');
const FROM_PACKAGES = ['bootstrap/dist/css/bootstrap.min.css'];
const PREFIX = '/assets/';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

interface Asset {
  readonly url: string;
  readonly type: string;
  readonly etag: string;
  readonly bodies: Readonly<Record<'br' | 'gzip' | 'identity', Buffer>>;
}

/**
 * The static files: `public/` and a few of our packages', held in memory and compressed. The address
 * holds a hash of the content, so a browser may keep it for a year. Only these names are answered;
 * no path of a request ever reaches the file system.
 */
@Injectable()
export class Assets {
  private readonly byName = new Map<string, Asset>();
  private readonly byUrl = new Map<string, Asset>();

  constructor(private readonly settings: CoreSettings) {
    for (const name of readdirSync(FOLDER)) this.add(join(FOLDER, name));
    for (const name of FROM_PACKAGES) this.include(name);
  }

  /** Adds a file of a package, such as `bootstrap/dist/css/bootstrap.min.css`. */
  include(name: string): void {
    this.add(createRequire(import.meta.url).resolve(name));
  }

  /** @returns the address of a file of `public/` or of a package, by its bare name; throws when unknown */
  url(name: string): string {
    const asset = this.byName.get(name);
    if (!asset) throw new Error(`There is no asset "${name}"`);
    return asset.url;
  }

  /** Express middleware that answers everything below `/assets/` without a session. */
  readonly serve = (request: Request, response: Response, next: NextFunction): void => {
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const asset = this.byUrl.get(request.path);
    if (!reads || !asset) return next();
    response.set({
      'content-type': asset.type,
      'cache-control': 'public, max-age=31536000, immutable',
      etag: asset.etag,
      vary: 'accept-encoding',
    });
    if (request.get('if-none-match') === asset.etag) {
      response.status(304).end();
      return;
    }
    const encoding = request.acceptsEncodings('br', 'gzip') || 'identity';
    const body = asset.bodies[encoding as keyof Asset['bodies']];
    if (encoding !== 'identity') response.set('content-encoding', encoding);
    response.set('content-length', String(body.length));
    response.end(request.method === 'HEAD' ? undefined : body);
  };

  private add(file: string): void {
    // The best compression takes a quarter of a second for Bootstrap: worth it where it is served a lot.
    const quality = this.settings.production ? 11 : 4;
    const type = TYPES[extname(file)];
    if (type === undefined)
      throw new Error(`${file}: assets of this kind have no content type yet`);
    const identity = readFileSync(file);
    const hash = fingerprint(identity).slice(0, 16);
    const name = basename(file);
    const asset: Asset = {
      url: `${PREFIX}${name.replace(/(\.\w+)$/, `.${hash}$1`)}`,
      type,
      etag: `"${hash}"`,
      bodies: {
        identity,
        gzip: gzipSync(identity),
        br: brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
      },
    };
    this.byName.set(name, asset);
    this.byUrl.set(asset.url, asset);
  }
}
