import { startApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/visitor.js';

const MINUTE = 60_000;

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.close());

describe('whether an account exists', () => {
  /** An answer without what differs by chance. */
  function masked({ status, location, headers, html }: Answer, name: string) {
    const hidden = (text: string) =>
      text
        .replaceAll(name, 'NAME')
        .replace(/value="[0-9a-f]{64}"/g, 'TOKEN')
        .replace(/[0-9a-f-]{36}/g, 'ID')
        .replace(/test-session=[^;]*/, 'SESSION');
    const shown = [...headers].filter(([key]) => !['date', 'etag'].includes(key));
    return {
      status,
      location,
      headers: shown.map(([key, value]) => [key, hidden(value)]),
      html: hidden(html),
    };
  }

  async function everyKind(): Promise<string[]> {
    await app.person('knd-verifd');
    await app.db
      .collection('users')
      .updateOne({ username: 'knd-verifd' }, { $set: { emailVerifiedAt: new Date() } });
    await app.person('knd-unverif');
    const gone = await app.person('knd-deletd');
    await gone.deleteAccount();
    await app.db.collection('users').insertOne({
      username: 'knd-noword',
      usernameCanonical: 'knd-noword',
      identities: [{ provider: 'google', key: 'stub:google 7', linkedAt: new Date() }],
      revision: 0,
      sessionEpoch: 0,
      createdAt: new Date(),
    });
    return ['knd-verifd', 'knd-unverif', 'knd-deletd', 'knd-noword'];
  }

  it('EN-01, PW-12 no answer tells it: not of a wrong password, not of a block', async () => {
    const kinds = await everyKind();
    const absent = 'knd-absent';
    for (let round = 0; round < 7; round++) {
      const expected = masked(await app.visitor().login(absent, 'wrong password'), absent);
      expect(expected.status).toBe(round < 5 ? 422 : 429);
      for (const name of kinds) {
        const answer = masked(await app.visitor().login(name, 'wrong password'), name);
        expect(answer).toEqual({
          ...expected,
          // The length of the name itself.
          headers: expected.headers.map(([key, value]) =>
            key === 'content-length' || key === 'retry-after'
              ? [key, expect.any(String)]
              : [key, value],
          ),
        });
      }
    }
    app.advance(5 * MINUTE);
    expect((await app.visitor().login('knd-verifd')).location).toBe('/');
    for (const password of [' ', 'null', 'undefined', '0', '$2b$']) {
      expect((await app.visitor().login('knd-noword', password)).status).toBe(422);
    }
  });

  it('EN-01 a password that is too long for anybody is an ordinary wrong one', async () => {
    await app.person('longish');
    for (const name of ['longish', 'longest']) {
      const answer = await app.visitor().login(name, 'x'.repeat(300));
      expect(answer.status).toBe(422);
      expect(answer.text).toContain('We couldn’t find that combination');
    }
  });
});
