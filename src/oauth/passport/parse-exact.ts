/**
 * Parses JSON with every number as its text: an id beyond 2^53 would be rounded to that of somebody
 * else. Half of a surrogate pair would be stored as the replacement sign, so that two ids became one.
 *
 * @throws when the text is no JSON object or list, or holds half of a surrogate pair
 */
export function parseExact(json: string): object {
  // Throws for what is no JSON, so that below every text has its closing quote.
  JSON.parse(json);
  // Strings are matched first, so that digits inside them stay as they are.
  const exact = json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
  const value: unknown = JSON.parse(exact, (_key, part: unknown) => {
    if (typeof part === 'string' && !part.isWellFormed()) throw new Error('The text is no Unicode');
    return part;
  });
  if (typeof value !== 'object' || value === null) throw new Error('The answer is no JSON object');
  return value;
}
