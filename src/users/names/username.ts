/** Lengths in Unicode code points; the form and the database read them here. */
export const USERNAME = { min: 3, max: 40, pattern: /^[A-Za-z0-9_-]+$/ } as const;

/** Names that could pass for the site itself, or that stand in an address of it (RFC 2142 and our own routes). */
const RESERVED = new Set(
  `abuse account accounts admin administrator anonymous api app assets auth billing blog callback
  constructor contact dashboard delete docs everyone facebook ftp github gitlab google guest health
  help home host hostmaster http https identities info latchkey legal localhost login logout mail
  me metrics moderator news noreply no-reply null oauth official owner passkey password postmaster
  privacy profile prototype register root security service session sessions settings shop signin
  signup signout staff static status superuser support sysadmin system team terms test token
  undefined user username users webmaster well-known wiki www __proto__ hasownproperty tostring
  valueof`.split(/\s+/),
);

/**
 * The form in which a user name is unique and looked up: compatibility-normalised (UAX 15) and
 * case-folded, so that a full-width or upper-case spelling is the same name.
 */
export function canonicalUsername(username: string): string {
  return fold(username);
}

/** Whether a name is kept for the site, in any case or spelling. */
export function isReservedUsername(username: string): boolean {
  return RESERVED.has(canonicalUsername(username));
}

// Lower-casing alone keeps "ſ" and a final "ς" apart from what they are a case of. One round can
// make new characters that fold further, white space among them, so it goes on until nothing changes.
function fold(text: string): string {
  let folded = text;
  for (;;) {
    const next = folded.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC').trim();
    if (next === folded) return folded;
    folded = next;
  }
}
