/**
 * Parses JSON with every number as its text: an id beyond 2^53 would be rounded to that of somebody
 * else.
 *
 * @throws when the text is no JSON object or list
 */
export function parseExact(json: string): object {
  // What is no JSON ends here: below, every text has its closing quote.
  JSON.parse(json);
  // Strings are matched first, so that digits inside them stay as they are.
  const exact = json.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
  const value: unknown = JSON.parse(exact);
  if (typeof value !== 'object' || value === null) throw new Error('The answer is no JSON object');
  return value;
}
