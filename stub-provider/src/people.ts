import type { Behaviour, Fault, PeopleGroup, Person } from './person.js';

const ordinary = {
  subject: '100000000000001',
  name: 'Ada Lovelace',
  login: 'ada',
  email: 'ada@example.com',
  emailVerified: true,
  avatar: 'https://example.com/ada.png',
  behaviour: null,
} as const;

/** Everybody whom the consent page offers; a choice that names no other subject is Ada. */
export const people: readonly PeopleGroup[] = [
  {
    heading: 'People',
    people: [
      person('ordinary', 'Ada Lovelace', 'An ordinary person with a verified e-mail address.', {}),
      person('another', 'Grace Hopper', 'Another ordinary person.', {
        subject: '100000000000002',
        name: 'Grace Hopper',
        login: 'grace',
        email: 'grace@example.com',
      }),
      person('renamed', 'Ada, renamed', "Ada's account after a new login name and e-mail.", {
        name: 'Ada King',
        login: 'countess',
        email: 'ada.king@example.com',
      }),
      person('same-email', "Somebody with Ada's e-mail", 'Another account, the same address.', {
        subject: '100000000000003',
        name: 'Not Ada',
        login: 'not-ada',
      }),
      person('no-email', 'Nemo', 'Has no e-mail address, or does not share it.', {
        subject: '100000000000004',
        name: 'Nemo',
        login: 'nemo',
        email: null,
        emailVerified: false,
      }),
      person('unverified-email', 'Una', 'The e-mail address was never verified.', {
        subject: '100000000000005',
        name: 'Una Verified',
        login: 'una',
        email: 'una@example.com',
        emailVerified: false,
      }),
      person('unverified-word', 'Una, in words', 'Unverified, but the flag is the text "false".', {
        subject: '100000000000006',
        name: 'Una Inwords',
        login: 'una-inwords',
        email: 'una.inwords@example.com',
        emailVerified: 'false',
      }),
    ],
  },
  {
    heading: 'At the consent page',
    people: [
      ada('denies', 'Deny', 'Goes back with access_denied.', authorize('denies')),
      ada('authorize-fails', 'Fail', 'Goes back with a server error.', authorize('fails')),
      ada(
        'wrong-issuer',
        'Wrong issuer',
        'Goes back with the iss of somebody else.',
        authorize('claims-another-issuer'),
      ),
      ada(
        'second-host',
        'Second host',
        'Redirects through a second host before returning.',
        authorize('returns-through-a-second-host'),
      ),
    ],
  },
  {
    heading: 'At the token endpoint',
    people: [
      ada('slow', 'Slow', 'The token takes 60 seconds.', token('hangs')),
      ada('token-500', 'Server error', 'Answers 500.', token('breaks')),
      ada('token-html', 'A page', 'Answers 200 with HTML.', token('answers-html')),
      ada('token-null', 'null', 'Answers 200 with the JSON null.', token('answers-null')),
      ada('token-huge', '50 MB', 'Answers with 50 MB.', token('floods')),
      ada('token-redirect', 'Redirect', 'Answers 302 to loopback.', token('redirects')),
      ada('token-hangs-up', 'Hang up', 'Closes the connection.', token('hangs-up')),
    ],
  },
  {
    heading: 'At the user info endpoint',
    people: [
      ada('userinfo-slow', 'Slow', 'The profile takes 60 seconds.', userInfo('hangs')),
      ada('userinfo-drips', 'Drip', 'One character a second.', userInfo('drips')),
      ada('userinfo-500', 'Server error', 'Answers 500.', userInfo('breaks')),
      ada('userinfo-html', 'A page', 'Answers 200 with HTML.', userInfo('answers-html')),
      ada('userinfo-null', 'null', 'Answers 200 with the JSON null.', userInfo('answers-null')),
      ada('userinfo-no-id', 'No id', 'A profile without its id.', userInfo('omits-the-id')),
      ada('userinfo-huge', '50 MB', 'Answers with 50 MB.', userInfo('floods')),
      ada('userinfo-redirect', 'Redirect', 'Answers 302 to loopback.', userInfo('redirects')),
      ada('userinfo-hangs-up', 'Hang up', 'Closes the connection.', userInfo('hangs-up')),
      ada('emails-500', 'E-mails: server error', 'Answers 500.', emails('breaks')),
      ada('emails-403', 'E-mails: forbidden', 'Answers 403.', emails('forbids')),
      ada('emails-404', 'E-mails: missing', 'Answers 404.', emails('is-missing')),
      ada('emails-html', 'E-mails: a page', 'Answers 200 with HTML.', emails('answers-html')),
      ada('emails-null', 'E-mails: null', 'A list that holds null.', emails('answers-null')),
    ],
  },
  {
    heading: 'At revocation (signing in works)',
    people: [
      ada('revocation-500', 'Server error', 'Answers 500.', revocation('breaks')),
      ada('revocation-slow', 'Slow', 'Takes 60 seconds.', revocation('hangs')),
    ],
  },
  {
    heading: 'Odd profiles',
    people: [
      // 2^53 + 1 and 2^53: equal once a parser has made doubles of them.
      person('long-number', 'A long id', 'The id 9007199254740993, beyond exact doubles.', {
        subject: '9007199254740993',
        name: 'Long Number',
        login: 'long-number',
        email: 'long.number@example.com',
      }),
      person('long-number-neighbour', 'Its neighbour', 'The id 9007199254740992.', {
        subject: '9007199254740992',
        name: 'Long Neighbour',
        login: 'long-neighbour',
        email: 'long.neighbour@example.com',
      }),
      person('leading-zeros', 'Leading zeros', 'The id 0042, where ids are strings; else 42.', {
        subject: '0042',
        name: 'Zero Zero',
        login: 'zero-zero',
        email: 'zero@example.com',
      }),
      person('hostile', 'Hostile', 'HTML, template, right-to-left and NUL in the name; "admin".', {
        subject: '100000000000007',
        name: '<script>alert(1)</script>"\'>{{7*7}}${7*7}\u202Egnp.exe\u0000end',
        login: 'admin',
        email: 'hostile@example.com',
        avatar: 'javascript:alert(1)',
      }),
      person('endless-name', 'Endless name', 'A name of a million characters.', {
        subject: '100000000000008',
        name: 'x'.repeat(1_000_000),
        login: 'y'.repeat(5_000),
        email: 'endless@example.com',
        avatar: `data:image/png;base64,${'A'.repeat(5_000)}`,
      }),
      person('empty-name', 'Empty name', 'No name, no login; the picture inside the network.', {
        subject: '100000000000009',
        name: '',
        login: '',
        email: 'empty@example.com',
        avatar: 'http://169.254.169.254/latest/meta-data/',
      }),
    ],
  },
];

/** Somebody of the list; `null` when nobody there has this id. */
export function whoever(id: string): Person | null {
  return people.flatMap((group) => group.people).find((one) => one.id === id) ?? null;
}

/** Somebody who isn't in the list: Ada, with what differs. */
export function somebodyLike(differs: Partial<Person>): Person {
  return person('someone', 'Someone', 'Made up for the occasion.', differs);
}

/** Ada, with what differs. */
function person(id: string, title: string, explanation: string, differs: Partial<Person>): Person {
  return { id, title, explanation, ...ordinary, ...differs };
}

/** Ada herself, at a provider that misbehaves at one place. */
function ada(id: string, title: string, explanation: string, behaviour: Behaviour): Person {
  return person(id, title, explanation, { behaviour });
}

function authorize(does: Extract<Behaviour, { at: 'authorize' }>['does']): Behaviour {
  return { at: 'authorize', does };
}

function token(does: Fault): Behaviour {
  return { at: 'token', does };
}

function userInfo(does: Fault | 'omits-the-id'): Behaviour {
  return { at: 'userInfo', does };
}

function emails(does: Fault): Behaviour {
  return { at: 'emails', does };
}

function revocation(does: Fault): Behaviour {
  return { at: 'revocation', does };
}
