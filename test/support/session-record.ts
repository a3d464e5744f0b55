import { createHash } from 'node:crypto';

import type { TestApp } from './app.js';
import type { Visitor } from './visitor.js';

/** The session's record, as the cookie leads to it. */
export async function recordOf(
  app: TestApp,
  visitor: Visitor,
): Promise<Record<string, unknown> | null> {
  const [id = ''] = decodeURIComponent(visitor.cookies.get('test-session') ?? '')
    .slice(2)
    .split('.');
  const key = createHash('sha256').update(id).digest('base64url');
  return app.db.collection<{ _id: string }>('sessions').findOne({ _id: key });
}
