/** The import rules of docs/architecture.md; `npm run imports` checks them. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** The rooms of the embedded server: each one imports from itself and from those before it. */
const EMBEDDED = ['values', 'queries', 'storage', 'commands', 'protocol'];
/** The rooms of auth and of oauth, likewise; those of one line do without each other. */
const AUTH = [
  'second-step',
  'session',
  'passwords|verification',
  'login|registration|recovery|reauthentication',
  'recovery-codes',
  'totp',
  'passkeys',
  'account',
];
const OAUTH = ['passport', 'providers', 'flow', 'accounts|development'];

/** A rule for each room of a module: it imports from itself and from the lines before its own. */
const inOrder = (module, lines) =>
  lines.flatMap((line, i) =>
    line.split('|').map((room) =>
      forbid(
        `${module}-${room}`,
        `The order is ${lines.join(' < ')}; what puts the rooms together stands above them.`,
        { path: `^src/${module}/${room}/` },
        {
          path: `^src/${module}/`,
          pathNot: `^src/${module}/(${[...lines.slice(0, i), room].join('|')})/`,
        },
      ),
    ),
  );

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    forbid(
      'core-imports-no-other-module',
      'Core knows no business words; it may not depend on users, auth or oauth.',
      { path: '^src/core/' },
      { path: '^src/', pathNot: '^src/core/' },
    ),
    forbid(
      'users-imports-only-core',
      'A lower module speaks to a higher one by a domain event.',
      { path: '^src/users/' },
      { path: '^src/', pathNot: '^src/(users|core)/' },
    ),
    forbid(
      'auth-does-not-import-oauth',
      'The arrow is core <- users <- auth <- oauth; the app itself is put together above them.',
      { path: '^src/auth/' },
      { path: '^src/', pathNot: '^src/(auth|users|core)/' },
    ),
    forbid(
      'oauth-imports-no-room-above',
      'Rooms above only listen or compose; nothing imports them.',
      { path: '^src/oauth/' },
      { path: '^src/', pathNot: '^src/(oauth|auth|users|core)/' },
    ),
    ...inOrder('auth', AUTH),
    ...inOrder('oauth', OAUTH),
    forbid(
      'rooms-above-are-imported-by-nobody',
      'What only listens or composes can go without a trace; the app itself is put together above.',
      { path: '^src/', pathNot: '^src/(activity|home|cli)/|^src/app\\.module\\.ts$' },
      { path: '^src/(activity|home|cli)/' },
    ),
    forbid(
      'rooms-above-are-strangers',
      'Two rooms above the modules do not know each other; the doctor looks at the collections of all.',
      { path: '^src/(activity|home|cli)/', pathNot: '^src/cli/doctor/' },
      { path: '^src/(activity|home|cli)/', pathNot: '^src/$1/' },
    ),
    forbid(
      'services-know-no-page',
      'Services and entities throw domain errors; pages are made at the edge.',
      {
        path: '^src/.+/(user|session|profile|identity|ways-in|account-changes|[\\w-]+\\.(service|repository|schema|events|errors))\\.ts$',
      },
      { path: '^node_modules/(@types/)?express|^src/core/(pages|forms)/' },
    ),
    forbid(
      'mongoose-only-in-adapters',
      'What stores is behind a port, or is a room that owns its collection.',
      {
        path: '^src/',
        pathNot:
          '^src/.+/mongoose/|^src/core/(database|mail|one-time|throttle)/|^src/activity/activity\\.(schema|service)\\.ts$|\\.module\\.ts$|^src/cli/|\\.spec\\.ts$',
      },
      { path: '^node_modules/(mongoose|mongodb|@nestjs/mongoose)/' },
    ),
    forbid(
      'loaded-at-first-use',
      'What few requests need is loaded by the first of them (`await import`): no start waits for it.',
      { path: '^src/', pathNot: '\\.spec\\.ts$' },
      {
        path: '^node_modules/(otpauth|prom-client|uqr)/',
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    ),
    forbid(
      'crypto-has-one-room',
      'Keys, digests and random tokens are made in one place.',
      { path: '^src/', pathNot: '^src/core/crypto/|\\.spec\\.ts$' },
      { path: '^(node:)?crypto$' },
    ),
    forbid(
      'embedded-mongodb-is-alone',
      'The embedded server is a package of its own and knows nothing of the application.',
      { path: '^embedded-mongodb/src/' },
      { path: '^(src|test|bench)/' },
    ),
    ...EMBEDDED.map((room, i) =>
      forbid(
        `embedded-mongodb-${room}`,
        'The arrow is values <- queries <- storage <- commands <- protocol.',
        { path: `^embedded-mongodb/src/${room}/` },
        {
          path: '^embedded-mongodb/src/',
          pathNot: `^embedded-mongodb/src/(${EMBEDDED.slice(0, i + 1).join('|')})/`,
        },
      ),
    ),
    forbid(
      'embedded-mongodb-has-no-cycles-of-types',
      'Two files that need each other, be it for a type, are one thing cut in the wrong place.',
      { path: '^embedded-mongodb/src/' },
      { circular: true },
    ),
    forbid(
      'only-core-database-imports-embedded-mongodb',
      'Nobody else knows which server answers.',
      { path: '^src/', pathNot: '^src/core/database/' },
      { path: '^embedded-mongodb/|@latchkey/embedded-mongodb' },
    ),
    forbid(
      'stub-provider-is-alone',
      'The pretended providers are a package of their own and know nothing of the application.',
      { path: '^stub-provider/' },
      { path: '^(src|test|embedded-mongodb)/|@latchkey/embedded-mongodb' },
    ),
    forbid(
      'src-does-without-stub-provider',
      'A production install has no such package: development-stub.ts looks for it at run time.',
      { path: '^src/' },
      { path: '^stub-provider/|@latchkey/stub-provider' },
    ),
    forbid(
      'no-cycles',
      'Two injectable classes that import each other crash at load under ES modules; two that need each other for a type alone are cut in the wrong place.',
      {},
      { circular: true },
    ),
    forbid(
      'no-test-code-in-src',
      'What is shipped may not need the tests or the benchmark.',
      { path: '^(src|embedded-mongodb/src|stub-provider/src)/', pathNot: '\\.spec\\.ts$' },
      { path: '^(test|bench)/|^(embedded-mongodb|stub-provider)/test/|\\.spec\\.ts$' },
    ),
    forbid(
      'vendors-only-in-adapters-passport',
      'Passport belongs to the ways in.',
      { path: '^src/', pathNot: '^src/(auth|oauth)/' },
      { path: '^node_modules/(@types/)?passport|^node_modules/@nestjs/passport' },
    ),
    forbid(
      'vendors-only-in-adapters-nodemailer',
      'Mail leaves by the Mailer port.',
      { path: '^src/', pathNot: '^src/core/mail/(smtp|outbox)-mailer\\.ts$' },
      { path: '^node_modules/nodemailer/' },
    ),
    forbid(
      'vendors-only-in-adapters-bcrypt',
      'Hashing is behind the PasswordHasher port.',
      { path: '^src/', pathNot: '^src/auth/passwords/bcrypt\\.' },
      { path: '^node_modules/(@types/)?(bcrypt|tinypool)/' },
    ),
    forbid(
      'vendors-only-in-adapters-handlebars',
      'Templates are rendered by Views alone.',
      { path: '^src/', pathNot: '^src/core/views/' },
      { path: '^node_modules/handlebars/' },
    ),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules|^(embedded-mongodb|stub-provider)/dist/' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'node', 'default', 'require'],
      mainFields: ['types', 'module', 'main'],
    },
  },
};
