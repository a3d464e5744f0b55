/** The configuration is wrong; each problem is a sentence that says what to change. */
export class InvalidConfiguration extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((each) => `  - ${each}`).join('\n')}`);
    this.name = 'InvalidConfiguration';
  }
}
