import { ModuleRef } from '@nestjs/core';
import { FormPipe } from '../../core/forms/form.pipe.js';
import { InvalidForm } from '../../core/forms/invalid-form.js';
import { EmailField, NameField, UsernameField } from './fields.js';

class AccountForm {
  @UsernameField()
  username: string;

  @EmailField()
  email: string;

  @NameField()
  name: string | null;
}

// Fields alone ask no module for anything.
const forms = new FormPipe({} as ModuleRef);

const good = { username: 'ada', email: 'ada@example.com', name: 'Ada' };

async function submit(fields: Record<string, unknown>): Promise<AccountForm> {
  const typed = { ...good, ...fields };
  return (await forms.transform(typed, { type: 'body', metatype: AccountForm })) as AccountForm;
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

  it.each([[['ada']], [{ $ne: '' }], [7], [true], [null], [undefined]])(
    'is text: %j is refused',
    async (username) => {
      expect(Object.keys(await refusals({ username }))).toEqual(['username']);
    },
  );
});

describe('an e-mail address', () => {
  it.each([
    ['Ada.L+tag@Example.COM', 'Ada.L+tag@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['a..b@docomo.ne.jp', 'a..b@docomo.ne.jp'],
  ])('%s is kept as it is mailed', async (typed, email) => {
    expect(await submit({ email: typed })).toMatchObject({ email });
  });

  it.each([
    'ada',
    'ada@localhost',
    'аda@example.com',
    '"ada"@example.com',
    'Ada <ada@example.com>',
    'ada@example.com,eve@example.com',
  ])('is one plain address: %s is refused', async (email) => {
    expect(await refusals({ email })).toEqual({ email: 'email-format' });
  });

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

  it('UN-06 has at most 254 characters', async () => {
    const longest = `ada@${`${'a'.repeat(49)}.`.repeat(4)}${'b'.repeat(46)}.com`;
    expect(longest).toHaveLength(254);
    expect(await refusals({ email: longest })).toEqual({});
    expect(await refusals({ email: `a${longest}` })).toEqual({ email: 'too-long' });
    expect(await refusals({ email: ' ' })).toEqual({ email: 'required' });
  });
});

const AROUND: (readonly [string, string])[] = [
  ...INVISIBLE,
  ['wide space', '\u3000'],
  ['no-break space', '\u00a0'],
  ['word joiner', '\u2060'],
  ['Hangul filler', '\u3164'],
  ['grapheme joiner', '\u034f'],
  ['lone surrogate', '\ud800'],
];

describe('what can’t be seen around what was typed', () => {
  it.each(AROUND)('UN-04, UN-06 is dropped: a %s', async (_, sign) => {
    const around = (text: string) => `${sign} ${sign}${text} ${sign}${sign}`;
    const typed = { username: around('ada'), email: around('ada@example.com') };
    expect(await submit(typed)).toMatchObject({ username: 'ada', email: 'ada@example.com' });
    // A mark at the end belongs to the character before it.
    expect((await submit({ name: `${sign}${sign}Ada` })).name).toBe('Ada');
  });

  it('is dropped in time however much of it there is', async () => {
    const long = `a${'\u200b'.repeat(15_000)}b`;
    const started = process.cpuUsage();
    await refusals({ username: long, email: long, name: long });
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(500);
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

  it.each(['', ' \u3000', '\u200b\u202e', '\0', '\u200d', '\u200c\u200d', '\u3164', '\ufe0f'])(
    'UN-04 is none when nothing of it can be seen: %j',
    async (name) => {
      expect(await submit({ name })).toMatchObject({ name: null });
    },
  );

  it('tells of every field that is wrong at once', async () => {
    expect(await refusals({ username: 'a b c', email: 'ada', name: 'x'.repeat(81) })).toEqual({
      username: 'username-characters',
      email: 'email-format',
      name: 'too-long',
    });
  });
});
