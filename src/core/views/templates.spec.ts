import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../paths.js';

function filesBelow(folder: string, ending: string): [string, string][] {
  const root = join(projectRoot, folder);
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending) && !/\.(spec|e2e)\./.test(file))
    .map((file) => [file.replaceAll('\\', '/'), readFileSync(join(root, file), 'utf8')]);
}

const templates = filesBelow('views', '.hbs');

it('finds the templates', () => {
  expect(templates.length).toBeGreaterThan(15);
});

describe.each(templates)('%s', (file, source) => {
  it('XS-03 puts nothing out unescaped', () => {
    expect(source).not.toMatch(/\{\{\{|\{\{~?&/);
  });

  it('XS-03 has no script, style or handler of its own, and quotes every attribute', () => {
    const html = source.replace(/\{\{!--[\s\S]*?--\}\}/g, '');
    // A mail program loads no stylesheet, and the policy of the pages is not that of mails.
    const inline = file === 'mail/layout.hbs' ? /<link/ : /<style|\sstyle\s*=/;
    expect(html).not.toMatch(inline);
    expect(html).not.toMatch(/\son[a-z]+\s*=|javascript:|srcdoc/i);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=")/i);
    const values = html.replace(/\{\{[^}]*\}\}/g, 'X').replace(/"[^"]*"/g, '""');
    expect(values).not.toMatch(/<[a-z][^>]*=[^"]/i);
  });

  it('XS-03 leads nowhere that a stranger’s text chooses', () => {
    // A helper's own word, a path of ours (a menu’s, a way in’s; `again` went through `returnPath`), or the
    // configured address of a provider.
    for (const [, url = ''] of source.matchAll(
      /\s(?:href|src|action)="((?:\{\{[^}]*\}\}|[^"{])*)"/g,
    )) {
      // Links of ours; a mail that lacks its own is not written.
      if (file === 'mail/layout.hbs' && url === '{{link}}') continue;
      expect(url).toMatch(
        /^(?:[/#?]|\{\{(?:asset|mark) |\{\{(?:action|again|another|newest|older|path|refresh|help|settings\.page|step|file|picture)\}\})/,
      );
    }
  });
});

it('XS-03 no code of ours turns the escaping off', () => {
  for (const [file, source] of filesBelow('src', '.ts')) {
    expect([
      file,
      /SafeString|noEscape|allowProto|allowedProto|eval\(|new Function/.test(source),
    ]).toEqual([file, false]);
  }
});
