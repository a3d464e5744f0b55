import { formValidation } from '../core/pages/form.decorator.js';
import { InvalidForm } from '../core/pages/invalid-form.js';
import { EmailField, NameField, UsernameField } from './fields.js';

class AccountForm {
  @UsernameField()
  username: string;

  @EmailField()
  email: string;

  @NameField({ required: true })
  name: string;
}

const good = { username: 'ada', email: 'ada@example.com', name: 'Ada' };

async function submit(fields: Record<string, unknown>): Promise<AccountForm> {
  return formValidation.transform({ ...good, ...fields }, { type: 'body', metatype: AccountForm });
}

/** The code beside each field that was refused. */
async function refusals(fields: Record<string, unknown>): Promise<Record<string, string>> {
  try {
    await submit(fields);
    return {};
  } catch (error) {
    if (!(error instanceof InvalidForm)) throw error;
    return Object.fromEntries(
      Object.entries(error.errors).map(([field, { code }]) => [field, code]),
    );
  }
}

const INVISIBLE = [
  ['zero width space', '\u200b'],
  ['zero width joiner', '\u200d'],
  ['soft hyphen', '\u00ad'],
  ['byte order mark', '\ufeff'],
  ['right-to-left override', '\u202e'],
  ['isolate', '\u2066'],
  ['tag', '\u{e0041}'],
  ['NUL', '\0'],
  ['C1 control', '\u0085'],
  ['line break', '\n'],
] as const;

describe('a user name', () => {
  it.each(['ada', 'Ada_L-1', '___', '123', 'a'.repeat(40)])('may be %s', async (username) => {
    expect(await submit({ username })).toMatchObject({ username });
  });

  it.each(['аdmin', 'pаypal', 'ａｄａ', 'zoë', 'stra\u00dfe', '\u212aate', 'ada😀'])(
    'UN-03 is ASCII: %s is refused',
    async (username) => {
      expect(await refusals({ username })).toEqual({ username: 'username-characters' });
    },
  );

  it.each(['a.b.c', 'a@b.c', 'a b c', '../x', 'a/b', '<b>', '$ne', "a'b"])(
    'has letters, digits, dashes and underscores alone: %s is refused',
    async (username) => {
      expect(await refusals({ username })).toEqual({ username: 'username-characters' });
    },
  );

  it.each(INVISIBLE)('UN-04 holds no %s', async (_, sign) => {
    expect(await refusals({ username: `ad${sign}a` })).toEqual({ username: 'username-characters' });
  });

  it('S61 is stored without a trailing newline', async () => {
    expect((await submit({ username: 'ada\n' })).username).toBe('ada');
    expect(await refusals({ username: 'ada\nx' })).toEqual({ username: 'username-characters' });
  });

  it('UN-06 loses the white space around it, of any kind', async () => {
    expect((await submit({ username: '\u3000\u00a0 ada\t\r\n' })).username).toBe('ada');
  });

  it.each([
    ['', 'required'],
    [' \u3000', 'required'],
    ['ab', 'length'],
    ['😀😀', 'length'],
    ['a'.repeat(41), 'length'],
  ])('UN-06 has 3 to 40 code points: %j is refused', async (username, code) => {
    expect(await refusals({ username })).toEqual({ username: code });
  });

  it('tells its limits in the message', async () => {
    const refused = submit({ username: 'ab' });
    await expect(refused).rejects.toMatchObject({
      errors: { username: { code: 'length', params: { min: 3, max: 40 } } },
    });
  });

  it.each(['admin', 'ROOT', 'Login', '__proto__', 'constructor', 'toString', 'well-known'])(
    'UN-08 is not %s',
    async (username) => {
      expect(await refusals({ username })).toEqual({ username: 'username-reserved' });
    },
  );

  it.each([[['ada']], [{ $ne: '' }], [7], [true], [null], [undefined]])(
    'is text: %j is refused',
    async (username) => {
      expect(Object.keys(await refusals({ username }))).toEqual(['username']);
    },
  );
});

describe('an e-mail address', () => {
  it.each(['ada@example.com', 'Ada.L+tag@Example.COM', 'ada@bücher.example', "o'brien@example.ie"])(
    'may be %s and is kept as typed',
    async (email) => {
      expect(await submit({ email })).toMatchObject({ email });
    },
  );

  it.each(['ada', '@example.com', 'ada@', 'a@b@c.com', 'ada@localhost', 'аda@example.com'])(
    'has the form of one: %s is refused',
    async (email) => {
      expect(await refusals({ email })).toEqual({ email: 'email-format' });
    },
  );

  it.each(['Ada <ada@example.com>', 'ada@example.com,eve@example.com', 'ada@[127.0.0.1]'])(
    'is one plain address: %s is refused',
    async (email) => {
      expect(await refusals({ email })).toEqual({ email: 'email-format' });
    },
  );

  it.each(INVISIBLE)('UN-04 holds no %s before the @', async (_, sign) => {
    expect(await refusals({ email: `ad${sign}a@example.com` })).toEqual({ email: 'email-format' });
  });

  it.each(INVISIBLE)('UN-04 holds no %s after the @', async (_, sign) => {
    expect(await refusals({ email: `ada@exam${sign}ple.com` })).toEqual({ email: 'email-format' });
  });

  it('S61 is stored without a trailing newline', async () => {
    expect((await submit({ email: 'ada@example.com\n' })).email).toBe('ada@example.com');
    expect(await refusals({ email: 'ada@example.com\nBcc: eve@example.com' })).toEqual({
      email: 'email-format',
    });
  });

  it('UN-06 loses the white space around it, of any kind', async () => {
    expect((await submit({ email: '\u3000ada@example.com\u00a0' })).email).toBe('ada@example.com');
  });

  it('UN-06 has at most 80 code points', async () => {
    const longest = `${'a'.repeat(64)}@abcdefghijk.com`;
    expect([...longest]).toHaveLength(80);
    expect(await refusals({ email: longest })).toEqual({});
    expect(await refusals({ email: `${'a'.repeat(64)}@abcdefghijkl.com` })).toEqual({
      email: 'too-long',
    });
    expect(await refusals({ email: ' ' })).toEqual({ email: 'required' });
  });
});

describe('a display name', () => {
  it.each(['O', 'Zoë', '李小龙', '<b>Ada</b>', '👩‍👩‍👧'])('may be %s', async (name) => {
    expect(await submit({ name })).toMatchObject({ name });
  });

  it('UN-06 has at most 80 code points, however many units they take', async () => {
    expect(await refusals({ name: '😀'.repeat(30) })).toEqual({});
    expect(await refusals({ name: '😀'.repeat(80) })).toEqual({});
    expect(await refusals({ name: '😀'.repeat(81) })).toEqual({ name: 'too-long' });
  });

  it('UN-06 is measured after what is dropped from it', async () => {
    expect((await submit({ name: `${' '.repeat(90)}Ada\u00a0\n` })).name).toBe('Ada');
  });

  it.each(['', ' \u3000', '\u200b\u202e', '\0'])('is required, and %j is none', async (name) => {
    expect(await refusals({ name })).toEqual({ name: 'required' });
  });

  it.each(['\u200d', '\u200c\u200d', '\u3164', '\u115f', '\ufe0f', '\u034f'])(
    'UN-04 can be seen: %j alone is refused',
    async (name) => {
      expect(await refusals({ name })).toEqual({ name: 'name-invisible' });
    },
  );

  it('may be left out where it is not required', async () => {
    class ProfileForm {
      @NameField({ required: false })
      name: string;
    }
    const metadata = { type: 'body', metatype: ProfileForm } as const;
    expect(await formValidation.transform({ name: '  ' }, metadata)).toEqual({ name: '' });
  });

  it('tells of every field that is wrong at once', async () => {
    expect(await refusals({ username: 'a b c', email: 'ada', name: '' })).toEqual({
      username: 'username-characters',
      email: 'email-format',
      name: 'required',
    });
  });
});
