import { PRODUCTION, useProcesses } from '../support/process.js';

const processes = useProcesses();

describe('a mistake of ours', () => {
  const accepts = {
    'text/html': 'text/html',
    '*/*': 'text/html',
    'application/json': 'application/json',
  };

  it.each([
    ['in production', PRODUCTION],
    ['with nothing set', {}],
  ])('LE-02 tells a stranger nothing but an id, %s', async (_, environment) => {
    const app = await processes.start({ ...environment }, true);
    await app.answers('/health/ready', 200);
    const visitor = app.visitor();
    const body = {
      _csrf: await visitor.token('/login'),
      identifier: 'fault-thrown',
      password: 'hunter2hunter2',
    };
    for (const [accept, type] of Object.entries(accepts)) {
      const answer = await visitor.send('POST', '/login', { body, headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        500,
        expect.stringContaining(type),
      ]);
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(answer.headers.get('cache-control')).toBe('no-store');
      for (const secret of [
        'cause',
        'hunter2',
        'secret/path',
        '    at ',
        'Error:',
        '.js',
        '.ts:',
      ]) {
        expect(answer.html.replace(/src="[^"]+"/g, '')).not.toContain(secret);
      }
      const id = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(answer.html)?.[0] ?? 'none';
      await app.line(id, 'the cause');
    }
    expect((await visitor.login('nobody', 'hunter2hunter2')).status).toBe(422);
  });

  it('FA-11 a thousand times, thrown or rejected where nobody waits, each ends its own request alone', async () => {
    const app = await processes.start({ ...PRODUCTION, BCRYPT_COST: '12' }, true);
    await app.answers('/health/ready', 200);
    await app.visitor().register('bystander');
    const visitor = app.visitor();
    const _csrf = await visitor.token('/login');
    const kinds = ['fault-thrown', 'fault-rejected-alone', 'fault-thrown-alone'];
    const statuses = new Set<number>();
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          visitor.send('POST', '/login', {
            body: { _csrf, identifier: kinds[index % 3] ?? '', password: 'correct horse' },
          }),
        ),
      );
      for (const { status } of answers) statuses.add(status);
    }
    expect([...statuses]).toEqual([500]);
    expect((await app.visitor().login('bystander')).location).toBe('/');
    expect((await app.stop()).code).toBe(0);
    expect(app.output).not.toContain('correct horse');
  });
});
