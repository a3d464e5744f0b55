/** What one check says: a line of the doctor's answer. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'error';
  /** What was looked at, in a word or two. */
  readonly topic: string;
  /** What is so and, when it is wrong, what to do; never a secret. */
  readonly text: string;
}

const at =
  (level: Finding['level']) =>
  (topic: string, text: string): Finding => ({ level, topic, text });

export const ok = at('ok');
export const warning = at('warning');
export const error = at('error');
